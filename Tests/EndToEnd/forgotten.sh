#!/usr/bin/env bash
# Producers that the broker has forgotten, as after seven days without a transaction: they are made anew, and no record is lost or doubled.
set -u
RUN=$1/forgotten
rm -rf "$RUN"
mkdir -p "$RUN/broker"
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export TOLLSTREAM_BOOTSTRAP_SERVERS=127.0.0.1:$PORT TOLLSTREAM_NAMESPACE=forgotten-$$ TOLLSTREAM_VIEW=$RUN/view.sqlite
STARTED=()
trap 'for pid in "${STARTED[@]}"; do kill -TERM "$pid" 2>/dev/null; done; sleep 1; for pid in "${STARTED[@]}"; do kill -KILL "$pid" 2>/dev/null; done' EXIT
fail() { echo "$1"; tail -5 "$RUN"/*.log; exit 1; }
t() { "$TOLLSTREAM" "$@" >"$RUN/output.txt" 2>&1 </dev/null || { cat "$RUN/output.txt"; fail "tollstream $*"; }; }
"$TOLLSTREAM_BROKER" start --only kafka --host 127.0.0.2 --kafka-port "$PORT" --data-dir "$RUN/broker" >"$RUN/broker.log" 2>&1 </dev/null &
STARTED+=($!)
python3 Tests/EndToEnd/noida_proxy.py 127.0.0.1 127.0.0.2 "$PORT" >"$RUN/proxy.log" 2>&1 </dev/null &
PROXY=$!
STARTED+=($PROXY)
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$PORT" 4<>"/dev/tcp/127.0.0.2/$PORT") 2>/dev/null && break; sleep 0.1; done
t topics apply --partitions 2
t catalog publish Deploy/examples/demo/catalogue
t simulate --accounts 20 --events 200 --customers
TOLLSTREAM_HTTP_PORT=0 "$TOLLSTREAM" run customers normalize recycle rate move aggregate invoice number >"$RUN/run.log" 2>&1 </dev/null &
WORK=$!
STARTED+=($WORK)
t status --wait 90
for round in 1 2; do
  kill -USR1 $PROXY
  t simulate --accounts 20 --events 200 --seed "$((round + 1))"
  t status --wait 90
  kill -0 $WORK 2>/dev/null || fail "the stages stopped"
done
[ "$(grep -c 'making the producer anew' "$RUN/run.log")" -ge 4 ] || fail "no producer was made anew"
t clock advance --to 2026-11-08T00:00:00Z
t status --wait 90
t audit --json
python3 -c 'import json, sys; audit = json.load(sys.stdin); sys.exit(audit["invoices"] != 20 and "expected 20 invoices: %s" % audit["invoices"])' <"$RUN/output.txt"
