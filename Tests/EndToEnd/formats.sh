#!/usr/bin/env bash
# State of an older build (format 1), the upgrade that goes on in it, the format after, back and forth, with traffic in each; what can't be told is refused.
set -u
RUN=$1/formats
rm -rf "$RUN"
mkdir -p "$RUN"
SERVER=${TOLLSTREAM_BOOTSTRAP_SERVERS%%,*}
FORGET=$PWD/Tests/EndToEnd/forget_groups.py
export TOLLSTREAM_NAMESPACE=formats-$$ TOLLSTREAM_VIEW=$RUN/view.sqlite
ALL="customers normalize recycle rate move aggregate invoice number"
fail() { echo "$1"; tail -5 "$RUN"/*.log; exit 1; }
t() { "$TOLLSTREAM" "$@" >"$RUN/output.txt" 2>&1 </dev/null || { cat "$RUN/output.txt"; fail "tollstream $*"; }; }
# work FORMAT: traffic, and all stages on it.
work() {
  t simulate --accounts 50 --events 500 --seed "$((++SEED))" --month 2026-10
  TOLLSTREAM_STATE_FORMAT=$1 "$TOLLSTREAM" run $ALL --until-idle --temporary >"$RUN/run-$SEED.log" 2>&1 </dev/null || fail "a stage stopped in format $1"
}
# The positions in a changelog: keys that begin with 0x80 0x00 are the runtime's own.
positions() {
  kcat -C -b "$SERVER" -t "$TOLLSTREAM_NAMESPACE.state.$1" -e -q -f '%k\n' -X isolation.level=read_committed 2>/dev/null | LC_ALL=C grep -c -a $'^\x80'
}
SEED=0
t topics apply --partitions 3
t catalog publish Deploy/examples/demo/catalogue
t simulate --accounts 50 --events 0 --customers
work 1
work auto
grep -q 'goes on in format 1' "$RUN/run-2.log" || fail "the upgrade does not say which format it goes on in"
[ "$(positions rate)" = 0 ] || fail "format 1 wrote a position, which an older build can't read"

# Where nothing says how far a stage has read, it does not start; who knows the place says so.
"$TOLLSTREAM" stage show rate --json >"$RUN/rate.json" || fail "stage show"
python3 "$FORGET" "$SERVER" "$TOLLSTREAM_NAMESPACE.rate" || fail "the group was not deleted"
"$TOLLSTREAM" run rate --until-idle --temporary >"$RUN/refused.log" 2>&1 </dev/null && fail "it started without a position"
grep -q 'rate does not start on usage.normalized' "$RUN/refused.log" || fail "it does not say what is wrong"
"$TOLLSTREAM" stage reset rate --to-beginning --dry-run >"$RUN/output.txt" 2>&1 && grep -q 'bills double' "$RUN/output.txt" || fail "the dry run does not say what it means"
t stage reset rate --keep-state --to "$(python3 -c 'import json, sys; print(",".join(str(row["groupOffset"]) for row in json.load(sys.stdin)))' <"$RUN/rate.json")"

work 2
[ "$(positions rate)" -ge 3 ] || fail "format 2 wrote no positions"
work 1
work auto
grep -q 'goes on in format 1' "$RUN/run-5.log" && fail "what was in format 2 goes on in format 1"
python3 "$FORGET" "$SERVER" $(printf "$TOLLSTREAM_NAMESPACE.%s " $ALL) || fail "the groups were not deleted"
work 1
python3 "$FORGET" "$SERVER" $(printf "$TOLLSTREAM_NAMESPACE.%s " $ALL) || fail "the groups were not deleted"
t clock advance --to 2026-11-08T00:00:00Z
work 2
t audit --json
python3 -c 'import json, sys; audit = json.load(sys.stdin); sys.exit(audit["invoices"] != 50 and "expected 50 invoices: %s" % audit["invoices"])' <"$RUN/output.txt" || exit 1

# A reset with the state: refused while the stage runs, and afterwards all is read anew.
"$TOLLSTREAM" run recycle --slot b --temporary >"$RUN/recycle.log" 2>&1 </dev/null &
RECYCLE=$!
for _ in $(seq 100); do grep -q 'partitions assigned' "$RUN/recycle.log" && break; sleep 0.1; done
"$TOLLSTREAM" stage reset recycle --to-end >"$RUN/output.txt" 2>&1 && fail "a running stage was reset"
grep -q 'recycle runs: stop its processes first' "$RUN/output.txt" || fail "it does not say that the stage runs"
kill -TERM $RECYCLE
wait $RECYCLE
python3 - "$RUN/recycle.log" <<'PYTHON' || fail "where there is no terminal, what a stage logs is not one JSON object a line"
import json, re, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) and line["level"] and line["message"] for line in lines)
assert any(line["message"] == "partitions assigned" and line["stage"] == "recycle" and line["worker"] == "recycle.b.0" for line in lines)
PYTHON
t stage reset recycle --to-end
"$TOLLSTREAM" stage show recycle --json | python3 -c '
import json, sys
rows = json.load(sys.stdin)
sys.exit(any(row["entries"] or row["position"] != row["end"] or row["groupOffset"] != row["end"] for row in rows) and f"not reset: {rows}")' || exit 1
t run recycle --until-idle --temporary
