# Shared by Deploy/demo, Deploy/test and the examples. Sourced by bash, from anywhere.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=${TOLLSTREAM_WORK:-$ROOT/.tollstream}
PACKAGES="librdkafka-dev libsqlite3-dev tzdata pkg-config kcat"
STARTED=()

if [ -t 2 ]; then BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'; else BOLD='' RED='' PLAIN=''; fi
say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; }
fail() { printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2; exit "${2:-1}"; }

# Stops what this script started, last first, by process id: gently, then not.
stop_started() {
  local i pid
  for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
    pid=${STARTED[i]}
    kill -TERM "$pid" 2>/dev/null || continue
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  STARTED=()
}
# What is of no use once the script has done its work: the data of its own broker. After a failure it stays, to be looked at.
DISCARDED=()
on_exit() {
  local code=$?
  trap - EXIT INT TERM
  stop_started
  if [ "$code" = 0 ] && [ ${#DISCARDED[@]} -gt 0 ]; then rm -rf "${DISCARDED[@]}"; fi
  exit "$code"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Installs the Debian packages that are missing; without root says the one line to run.
install_packages() {
  local missing="" package
  command -v dpkg-query >/dev/null || { say "not a Debian system: make sure that librdkafka, SQLite and tzdata are installed"; return; }
  for package in $PACKAGES "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  # Without ensurepip Debian's python3 makes no virtual environments.
  python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
  [ -z "$missing" ] && return
  if [ "$(id -u)" != 0 ]; then
    fail "Debian packages are missing. Run this, then try again:
  sudo apt-get update && sudo apt-get install -y$missing" 69
  fi
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq $missing; } >"$WORK/apt.log" 2>&1 || fail "apt-get failed, see $WORK/apt.log" 69
}

require_tools() {
  mkdir -p "$WORK"
  command -v swift >/dev/null || fail "Swift 6.3 is needed: https://www.swift.org/install" 69
  command -v python3 >/dev/null || fail "python3 is needed: apt-get install python3 python3-venv" 69
}

# Builds once for all suites: one configuration, so that nothing is compiled twice. Sets TOLLSTREAM.
build() {
  say "building (release); the first time takes about ten minutes on two cores"
  (cd "$ROOT" && swift build -c release "$@" 2>&1 | tee "$WORK/build.log" | progress; exit "${PIPESTATUS[0]}") \
    || { grep -E 'error:' "$WORK/build.log" | head -20 >&2; fail "the build failed, see $WORK/build.log"; }
  TOLLSTREAM=$(cd "$ROOT" && swift build -c release --show-bin-path)/tollstream
}

# One rewritten line on a terminal, every fiftieth line elsewhere.
progress() {
  if [ -t 2 ]; then
    awk '{ printf "\r\033[K%s", substr($0, 1, 100) > "/dev/stderr" } END { printf "\r\033[K" > "/dev/stderr" }'
  else
    awk '/error:/ || NR % 50 == 1 { print > "/dev/stderr" }'
  fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The broker in a private virtual environment in the git-ignored folder.
install_broker() {
  BROKER=$(ls "$WORK"/venv/lib/python3*/site-packages/noida_db/noida-db 2>/dev/null | head -1)
  [ -n "$BROKER" ] && [ -f "$WORK/venv/.complete" ] && return
  say "installing the local broker"
  rm -rf "$WORK/venv"
  python3 -m venv "$WORK/venv" || fail "python3 can't make a virtual environment: apt-get install python3-venv" 69
  "$WORK/venv/bin/pip" install -q --disable-pip-version-check --no-deps --require-hashes -r "$ROOT/Deploy/lib/broker-requirements.txt" >"$WORK/pip.log" 2>&1 \
    || fail "the broker can't be installed, see $WORK/pip.log; or name one in TOLLSTREAM_BOOTSTRAP_SERVERS" 69
  touch "$WORK/venv/.complete"
  BROKER=$(ls "$WORK"/venv/lib/python3*/site-packages/noida_db/noida-db | head -1)
  chmod +x "$BROKER"
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_broker DATA_DIR [PORT]: sets TOLLSTREAM_BOOTSTRAP_SERVERS and BROKER_PID.
start_broker() {
  local port=${2:-$(free_port)}
  if answers "$port"; then fail "port $port is taken: stop what listens there, or name another one" 69; fi
  mkdir -p "$1"
  # Debian 12 is warned of GLIBC_2.39 by the loader; harmless.
  # The lock is the broker's own as long as it runs: two on one folder would overwrite each other's files.
  (
    if command -v flock >/dev/null; then exec 9>"$1/lock"; flock -n 9 || exit 73; fi
    exec "$BROKER" start --only kafka --kafka-port "$port" --data-dir "$1" >"$1/broker.log" 2>&1 </dev/null
  ) &
  BROKER_PID=$!
  STARTED+=("$BROKER_PID")
  export TOLLSTREAM_BOOTSTRAP_SERVERS=127.0.0.1:$port
  for _ in $(seq 150); do
    if ! kill -0 "$BROKER_PID" 2>/dev/null; then
      wait "$BROKER_PID"
      [ $? != 73 ] || fail "another broker uses the data in $1: stop it, or take it: it is all that may use this folder" 69
      fail "the broker stopped: $(tail -3 "$1/broker.log")" 69
    fi
    answers "$port" && return
    sleep 0.1
  done
  fail "the broker does not answer on port $port, see $1/broker.log"
}
