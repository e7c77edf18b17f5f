#!/usr/bin/env bash
# Groups whose offsets are gone, as Kafka drops them after seven idle days: in mid-month and after a close, of all stages, and of invoice and number
# alone. The same bills come as without, and the audit holds.
set -u
RUN=$1/offsets
rm -rf "$RUN"
mkdir -p "$RUN"
SERVER=${TOLLSTREAM_BOOTSTRAP_SERVERS%%,*}
FORGET=$PWD/Tests/EndToEnd/forget_groups.py
ALL="customers normalize recycle rate move aggregate invoice number"
fail() { echo "$1"; tail -5 "$RUN"/*.log; exit 1; }
# Not static: a static member's group has it until its session ends.
work() { "$TOLLSTREAM" run $ALL --until-idle --temporary >>"$RUN/$TOLLSTREAM_NAMESPACE.log" 2>&1 </dev/null || fail "$TOLLSTREAM_NAMESPACE: a stage stopped"; }
t() { "$TOLLSTREAM" "$@" >"$RUN/output.txt" 2>&1 </dev/null || { cat "$RUN/output.txt"; fail "tollstream $*"; }; }
forget() { python3 "$FORGET" "$SERVER" $(printf "$TOLLSTREAM_NAMESPACE.%s " "$@") || fail "the groups $* were not deleted"; }
traffic() { t simulate --accounts 100 --events 1000 --seed "$1" --month 2026-10 --faults duplicates=0.01,late=0.01,unknownSubscribers=0.01; }
# Account, period, number and total of each bill, and what ends the record's line.
bills() {
  kcat -C -b "$SERVER" -t "$TOLLSTREAM_NAMESPACE.billing.invoices" -e -q -f '%s\n' -X isolation.level=read_committed 2>/dev/null | python3 -c '
import json, sys
for line in sys.stdin:
    invoice = json.loads(line).get("invoice")
    if invoice:
        print(invoice["account"], invoice["periodStartMs"], json.dumps(invoice["total"], sort_keys=True), *sys.argv[1:] and [invoice["number"]])' "$@" | sort
}
begin() {
  export TOLLSTREAM_NAMESPACE=$1 TOLLSTREAM_VIEW=$RUN/$1.sqlite
  t topics apply --partitions 3
  t catalog publish Deploy/examples/demo/catalogue
  t simulate --accounts 100 --events 0 --customers
  work
}

begin "kept-$$"
traffic 1
traffic 2
work
t clock advance --to 2026-11-08T00:00:00Z
work
bills >"$RUN/kept-1.txt"
traffic 3
work
t clock advance --to 2026-12-08T00:00:00Z
work
bills >"$RUN/kept-2.txt"
[ "$(wc -l <"$RUN/kept-1.txt")" = 100 ] || fail "expected a bill of each of 100 accounts"

begin "lost-$$"
traffic 1
work
forget $ALL
traffic 2
work
t clock advance --to 2026-11-08T00:00:00Z
work
diff "$RUN/kept-1.txt" <(bills) >"$RUN/diff.txt" || { head -5 "$RUN/diff.txt"; fail "groups lost in mid-month: other bills"; }
bills number >"$RUN/numbers.txt"
forget $ALL
work
forget invoice number
work
diff "$RUN/numbers.txt" <(bills number) || fail "groups lost after a close: other bills or numbers"
traffic 3
forget $ALL
work
t clock advance --to 2026-12-08T00:00:00Z
forget invoice number
work
diff "$RUN/kept-2.txt" <(bills) >"$RUN/diff.txt" || { head -5 "$RUN/diff.txt"; fail "groups lost between two closes: other bills"; }
[ "$(bills number | awk '{ print $NF }' | sort -u | wc -l)" = 200 ] || fail "expected 200 numbers of 200 bills"
t audit
