"""Two processes of each stage under load, killed at random, while the broker restarts and groups rebalance.

Afterwards the audit holds, the accepted usage is that of a run without faults, and a replay of this run's own usage.normalized
gives the same bytes. Usage: chaos.py RUN_DIR (needs TOLLSTREAM and TOLLSTREAM_BROKER in the environment).
The seed is printed; CHAOS_SEED repeats its choices.
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

TOLLSTREAM = os.environ["TOLLSTREAM"]
BROKER = os.environ["TOLLSTREAM_BROKER"]
RUN = os.path.join(sys.argv[1], "chaos")
SEED = int(os.environ.get("CHAOS_SEED", str(int(time.time()))))
EVENTS = int(os.environ.get("CHAOS_EVENTS", "120000"))
ACCOUNTS = int(os.environ.get("CHAOS_ACCOUNTS", "500"))
KILLS = int(os.environ.get("CHAOS_KILLS", "32"))
STAGES = ["customers", "normalize", "recycle", "rate", "aggregate", "invoice", "number"]
FAULTS = "duplicates=0.02,late=0.02,outOfOrder=0.05,unknownSubscribers=0.01,malformed=0.005"
choice = random.Random(SEED)
os.makedirs(RUN, exist_ok=True)


def say(text):
    print(f"[chaos {time.strftime('%H:%M:%S')}] {text}", flush=True)


class Broker:
    """The local broker, which loses nothing when it is stopped gently."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        data = os.path.join(RUN, "broker")
        log = open(os.path.join(RUN, "broker.log"), "ab")
        self.process = subprocess.Popen(
            [BROKER, "start", "--only", "kafka", "--kafka-port", str(self.port), "--data-dir", data], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("the broker stopped")
                time.sleep(0.1)
        raise SystemExit("the broker does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Slot:
    """One place for a stage's process, supervised: whatever ends it, it is started again."""

    def __init__(self, stage, name, namespace, *options):
        self.stage, self.name, self.namespace, self.options = stage, name, namespace, options
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        log = open(os.path.join(RUN, f"{self.namespace}-{self.stage}-{self.name}.log"), "ab")
        self.process = subprocess.Popen(
            [TOLLSTREAM, "run", self.stage, "--slot", self.name, "--namespace", self.namespace, *self.options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def supervise(self):
        if self.process.poll() is not None:
            self.start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise SystemExit(f"{self.stage}/{self.name} did not stop within 30 s of SIGTERM")


def command(*arguments, namespace, check=True, capture=False):
    result = subprocess.run([TOLLSTREAM, *arguments, "--namespace", namespace], stdout=subprocess.PIPE, stderr=sys.stderr if not capture else subprocess.PIPE, text=True)
    if check and result.returncode != 0:
        raise SystemExit(f"tollstream {' '.join(arguments)} exited with {result.returncode}: {result.stdout[-2000:]}")
    return result


def prepare(namespace):
    command("topics", "apply", "--partitions", "6", namespace=namespace)
    command("catalog", "publish", "Deploy/examples/demo/catalogue", namespace=namespace)
    command("simulate", "--accounts", str(ACCOUNTS), "--events", "0", "--seed", "7", "--customers", namespace=namespace)


def traffic(namespace, *more):
    return [TOLLSTREAM, "simulate", "--accounts", str(ACCOUNTS), "--events", str(EVENTS), "--seed", "7", "--month", "2026-10",
            "--faults", FAULTS, "--namespace", namespace, *more]


def wait_idle(slots, namespace, seconds=420):
    """Waits for the pipeline to read everything, starting again whatever stops."""
    waiter = subprocess.Popen([TOLLSTREAM, "status", "--wait", str(seconds), "--namespace", namespace], stdout=subprocess.DEVNULL)
    while waiter.poll() is None:
        for slot in slots:
            slot.supervise()
        time.sleep(0.2)
    if waiter.returncode != 0:
        raise SystemExit(f"{namespace} did not come to rest; logs in {RUN}")


def finish(slots, namespace):
    wait_idle(slots, namespace)
    command("clock", "advance", "--to", "2026-11-08T00:00:00Z", "--wait", "120", namespace=namespace)
    wait_idle(slots, namespace)
    accepted = os.path.join(RUN, f"{namespace}.accepted")
    audit = command("audit", "--json", "--accepted", accepted, namespace=namespace, check=False)
    report = json.loads(audit.stdout)
    if audit.returncode != 0 or not report["holds"]:
        raise SystemExit(f"the audit of {namespace} does not hold: {audit.stdout[:4000]}")
    with open(accepted) as file:
        return report, set(file.read().split())


def main():
    say(f"seed {SEED}; {EVENTS} events, {KILLS} kills; CHAOS_SEED={SEED} repeats the choices")
    broker = Broker()
    os.environ["TOLLSTREAM_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{broker.port}"
    slots = []
    try:
        quiet, chaos = "quiet", "chaos"
        prepare(quiet)
        slots = [Slot(stage, "a", quiet) for stage in STAGES]
        wait_idle(slots, quiet)
        subprocess.run(traffic(quiet), check=True, stdout=subprocess.DEVNULL)
        _, expected = finish(slots, quiet)
        say(f"without faults: {len(expected)} usages accepted")
        for slot in slots:
            slot.stop()

        prepare(chaos)
        slots = [Slot(stage, name, chaos) for stage in STAGES for name in ("a", "b")]
        wait_idle(slots, chaos)
        load = subprocess.Popen(traffic(chaos, "--rate", "3000", "--at-least-once"), stdout=subprocess.DEVNULL)
        kills = 0
        while kills < KILLS or load.poll() is None:
            time.sleep(choice.uniform(0.3, 1.2))
            for slot in slots:
                slot.supervise()
            victim = choice.choice(slots)
            victim.kill()
            victim.start()
            kills += 1
            if kills == KILLS // 3:
                say("the broker restarts")
                broker.stop()
                broker.start()
            if kills == KILLS // 2:
                say("a third process of each stage joins and leaves: two rebalances")
                guests = [Slot(stage, "guest", chaos, "--temporary") for stage in ("normalize", "rate", "aggregate")]
                time.sleep(3)
                for guest in guests:
                    guest.stop()
            if kills == 2 * KILLS // 3:
                say("a second process takes a slot that is in use: one of them is fenced")
                twin = Slot("rate", "a", chaos)
                time.sleep(4)
                twin.kill()
            if kills > 40 * KILLS:
                raise SystemExit("the load does not end")
        if load.returncode != 0:
            raise SystemExit("the load failed")
        say(f"{kills} processes killed; {sum(slot.starts for slot in slots)} starts of {len(slots)} slots")
        _, accepted = finish(slots, chaos)
        if accepted != expected:
            raise SystemExit(f"accepted usage differs: {len(expected - accepted)} missing, {len(accepted - expected)} too many")
        for slot in slots:
            slot.stop()
        slots = []
        say("the audit holds and the accepted usage is that of the quiet run; replaying")
        for instances in ("1", "2", "5"):
            command("replay", "rating", "--from-namespace", chaos, "--instances", instances, "--partitions", "6", namespace=f"replay{instances}")
        say("replays with 1, 2 and 5 workers gave the same bytes")
    finally:
        for slot in slots:
            slot.process.kill()
        broker.stop()


main()
