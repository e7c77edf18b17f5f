#!/usr/bin/env bash
# The view's projector without a broker: it is alive and not ready, and SIGTERM ends it within seconds, for there is nothing to drain.
set -u
LOG=$1/project-without-broker.log
TOLLSTREAM_BOOTSTRAP_SERVERS=127.0.0.1:1 TOLLSTREAM_NAMESPACE=none TOLLSTREAM_VIEW=$1/none.sqlite \
  "$TOLLSTREAM" run project --http-port 0 >"$LOG" 2>&1 </dev/null &
PROJECT=$!
python3 - "$LOG" "$PROJECT" <<'PY' || { kill -KILL $PROJECT 2>/dev/null; cat "$LOG"; exit 1; }
import os, re, signal, sys, time, urllib.error, urllib.request
log, process = sys.argv[1], int(sys.argv[2])
deadline = time.monotonic() + 5
while not (found := re.search(r'address":"([\d.:]+)"', open(log).read())):
    if time.monotonic() > deadline:
        sys.exit("it served nothing")
    time.sleep(0.05)

def status(path):
    try:
        return urllib.request.urlopen(f"http://{found[1]}{path}", timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code

for path, expected in (("/health", 200), ("/ready", 503)):
    if (got := status(path)) != expected:
        sys.exit(f"{path} is {got}, expected {expected}")
os.kill(process, signal.SIGTERM)
PY
BEGIN=$SECONDS
wait $PROJECT
CODE=$?
[ $CODE = 0 ] && [ $((SECONDS - BEGIN)) -lt 9 ] || { echo "SIGTERM ended it with $CODE after $((SECONDS - BEGIN)) s"; cat "$LOG"; exit 1; }
