"""What the chaos test works with: a broker, supervised processes, and tollstream's commands."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

TOLLSTREAM = os.environ["TOLLSTREAM"]
SERVERS = os.environ.get("TOLLSTREAM_CHAOS_BOOTSTRAP_SERVERS")
RUN = os.path.join(sys.argv[1], "chaos")
# As the patterns below read it.
os.environ["TOLLSTREAM_LOG_FORMAT"] = "text"
os.makedirs(RUN, exist_ok=True)
begin = time.monotonic()


class Failure(Exception):
    """The test has failed, or can't go on."""


def say(text):
    print(f"[chaos {time.monotonic() - begin:5.1f} s] {text}", flush=True)


def log_file(name):
    return open(os.path.join(RUN, f"{name}.log"), "ab")


class LocalBroker:
    """The broker of laptops and CI, noida-db 0.2.3, whose limits decide what can be asked of it."""

    # It lets a worker commit whose group has gone on without it (a stale generation), and never times its transaction out.
    refuses_sleepers = False
    # Once in some hundred times it never answers members that join at the same moment: after so long their stage is started again.
    join_seconds = 20
    # The broker's own, behind a proxy that mends an answer of it: see noida_proxy.py.
    HOST = "127.0.0.2"

    def __init__(self):
        self.port = free_port()
        os.environ["TOLLSTREAM_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{self.port}"
        proxy = os.path.join(os.path.dirname(os.path.abspath(__file__)), "noida_proxy.py")
        self.proxy = self.run("proxy", sys.executable, proxy, "127.0.0.1", self.HOST, str(self.port))
        self.start()
        until(lambda: self.answers(self.proxy, "127.0.0.1"), 60, "the proxy's answer")

    def run(self, name, *command):
        with log_file(name) as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def start(self):
        self.process = self.run(
            "broker", os.environ["TOLLSTREAM_BROKER"], "start", "--only", "kafka", "--host", self.HOST, "--kafka-port", str(self.port),
            "--data-dir", f"{RUN}/broker")
        until(lambda: self.answers(self.process, self.HOST), 60, "the broker's answer")

    def answers(self, process, host):
        if process.poll() is not None:
            raise Failure(f"the broker or its proxy stopped, see {RUN}/broker.log and proxy.log")
        return is_open(host, self.port)

    def stop_broker(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def stop(self):
        self.proxy.kill()
        self.proxy.wait()
        # What it holds is of no use any more, and writing it down takes a while.
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """It keeps its connections and answers no more."""
        self.process.send_signal(signal.SIGSTOP)

    def restart(self, group, load):
        """With nobody at work. While it stops, it acknowledges what it doesn't keep any more; afterwards it has forgotten who owned which
        transaction, so that nobody can end one, and it answers a commit of one that it has aborted with success."""
        say("the broker restarts, with load and workers held: noida-db loses what is written while it stops")
        load.send_signal(signal.SIGSTOP)
        try:
            group.wait_idle(120)
            group.stop()
            self.stop_broker()
            self.start()
            group.start()
        finally:
            load.send_signal(signal.SIGCONT)


class NamedBroker:
    """An Apache Kafka that somebody else runs."""

    refuses_sleepers = True
    join_seconds = None

    def __init__(self):
        os.environ["TOLLSTREAM_BOOTSTRAP_SERVERS"] = SERVERS

    def stop(self):
        pass

    def restart(self, group, load):
        commands = [os.environ.get(f"TOLLSTREAM_CHAOS_BROKER_{name}") for name in ("STOP", "START")]
        if None in commands:
            say("skipped: a restart of the broker needs TOLLSTREAM_CHAOS_BROKER_STOP and TOLLSTREAM_CHAOS_BROKER_START")
            return
        say("the broker restarts under load")
        for command in commands:
            log = log_file("broker")
            step = subprocess.Popen(command, shell=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            group.until(lambda: step.poll() is not None, 120, command)
            if step.returncode != 0:
                raise Failure(f"{command} exited with {step.returncode}, see {RUN}/broker.log")
        host, port = SERVERS.split(",")[0].rsplit(":", 1)
        group.until(lambda: is_open(host, int(port)), 120, "the broker's answer")


class Slot:
    """One place for a stage's process, supervised: whatever ends it, it is started again."""

    def __init__(self, stage, name, namespace, *options, instance=None):
        self.stage, self.name, self.namespace, self.options = stage, name, namespace, options
        self.instance = instance or name
        self.log = os.path.join(RUN, f"{namespace}-{stage}-{name}.log")
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        self.started = time.monotonic()
        self.waiting = None
        self.begin = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.mark()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [TOLLSTREAM, "run", self.stage, "--slot", self.instance, "--namespace", self.namespace, *self.options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def supervise(self):
        code = self.process.poll()
        if code is None:
            return
        if code < 0:
            raise Failure(f"{self.stage}/{self.name} crashed with signal {-code}, see {self.log}")
        if time.monotonic() - self.started > 1:
            self.start()

    def waits_since(self):
        """Since when it has been without an answer of its group; None where it is a member."""
        if self.process.poll() is not None or self.is_member():
            self.waiting = None
        elif self.waiting is None:
            self.waiting = time.monotonic()
        return self.waiting

    def is_member(self):
        """Whether what its group told it last was which partitions are its own."""
        events = re.findall(r"partitions (assigned|given back|lost)", self.logged(self.begin))
        return bool(events) and events[-1] == "assigned"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.stage}/{self.name} did not stop within 40 s of SIGTERM, see {self.log}")

    def mark(self):
        """What it logs from now on is looked at."""
        self.seen = os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def logged(self, since=None):
        """What it logged since the mark, or since a place in its log."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            file.seek(self.seen if since is None else since)
            # Not what the stage that comes with rate says of itself.
            return "".join(line for line in file if "-beside" not in line)

    def partitions(self):
        """How many partitions it was assigned last since the mark; None where it was not."""
        found = re.findall(r'partitions assigned" partitions="?\[([\d, ]*)\]', self.logged())
        return len(found[-1].split(",")) if found and found[-1] else 0 if found else None


class Group:
    """All slots of a namespace."""

    def __init__(self, namespace, stages, names, broker):
        self.namespace = namespace
        self.broker = broker
        self.slots = [Slot(stage, name, namespace) for stage in stages for name in names]

    def slot(self, stage, name):
        return next(slot for slot in self.slots if (slot.stage, slot.name) == (stage, name))

    def until(self, condition, seconds, what, without=None):
        """Waits for a condition, starting again meanwhile what stops, but for the slot `without`."""
        def look():
            for slot in self.slots:
                if slot is not without:
                    slot.supervise()
            if self.broker.join_seconds is not None:
                self.heal(without)
            return condition()
        until(look, seconds, what)

    def heal(self, without):
        """Starts all members of a group again where one was left without an answer: whichever the broker waits for, it is among them."""
        for silent in self.slots:
            since = silent.waits_since()
            if since is None or time.monotonic() - since < self.broker.join_seconds or (without and silent.stage == without.stage):
                continue
            say(f"{silent.stage}/{silent.name} got no answer from its group: its stage is started again")
            for slot in self.slots:
                if slot.stage == silent.stage:
                    slot.kill()
                    slot.start()

    def wait_idle(self, seconds=180):
        """Waits for the pipeline to read everything."""
        with log_file(f"{self.namespace}-status") as log:
            waiter = subprocess.Popen([TOLLSTREAM, "status", "--wait", str(seconds), "--namespace", self.namespace], stdout=log, stderr=log)
        self.until(lambda: waiter.poll() is not None, seconds + 60, "tollstream status")
        if waiter.returncode != 0:
            status = command("status", namespace=self.namespace, check=False)
            raise Failure(f"{self.namespace} did not come to rest within {seconds} s; logs in {RUN}\n{status.stdout}")

    def start(self):
        for slot in self.slots:
            slot.start()

    def stop(self):
        for slot in self.slots:
            if slot.process.poll() is None:
                slot.process.send_signal(signal.SIGTERM)
        for slot in self.slots:
            slot.stop()

    def kill(self):
        for slot in self.slots:
            slot.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(host, port):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s in vain for {what}; logs in {RUN}")
        time.sleep(0.1)


def command(*arguments, namespace, check=True):
    with log_file(f"{namespace}-commands") as log:
        result = subprocess.run([TOLLSTREAM, *arguments, "--namespace", namespace], stdout=subprocess.PIPE, stderr=log, text=True)
    if check and result.returncode != 0:
        raise Failure(f"tollstream {' '.join(arguments)} exited with {result.returncode}, see {RUN}/{namespace}-commands.log\n{result.stdout[-2000:]}")
    return result
