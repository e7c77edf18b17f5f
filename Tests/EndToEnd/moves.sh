#!/usr/bin/env bash
# Numbers that are handed over, released or given back as of a time whose usage was rated already, with files that are sent again and workers that are
# killed: each usage is charged once, to whoever held the number when it began.
set -u
RUN=$1/moves
rm -rf "$RUN"
mkdir -p "$RUN/catalogue/offerings" "$RUN/catalogue/sources"
export TOLLSTREAM_NAMESPACE=moves-$$ TOLLSTREAM_VIEW=$RUN/view.sqlite
declare -A PIDS=()
trap 'for pid in "${PIDS[@]}"; do kill -KILL "$pid" 2>/dev/null; done; wait 2>/dev/null' EXIT
fail() { echo "$1"; cat "$RUN/output.txt"; tail -n 3 "$RUN"/*.log; exit 1; }
# says CODE PATTERN COMMAND ...: what the command prints, on both outputs, has a line with the pattern.
says() {
  local code=$1 pattern=$2 found
  shift 2
  timeout 150 "$TOLLSTREAM" "$@" >"$RUN/output.txt" 2>&1 </dev/null
  found=$?
  [ $found = "$code" ] && grep -qE "$pattern" "$RUN/output.txt" || fail "expected exit code $code and \"$pattern\", got $found from: $*"
}
start() { local name=$1; shift; "$TOLLSTREAM" run "$@" >>"$RUN/$name.log" 2>&1 </dev/null & PIDS[$name]=$!; }
# As a power cut would, without a word to the others.
cut() { kill -KILL "${PIDS[$1]}"; wait "${PIDS[$1]}" 2>/dev/null; unset "PIDS[$1]"; }
idle() { says 0 '' status --wait 120; }
send() { says 0 'record' usage publish --source local "$RUN/calls.csv"; idle; }
customers() { cat >"$RUN/commands.jsonl"; says 0 'published' customers import "$RUN/commands.jsonl"; idle; says 0 'no command was refused' customers refused; }
rerate() { says 0 'put right: 1 account' rerate --proposed --apply --by-policy; idle; says 0 'nothing asks for rating anew' rerate --proposed; }
# owes ACCOUNT UNBILLED [BALANCE]: exactly.
owes() {
  says 0 '' run project --until-idle
  says 0 "^Unbilled in all: $2 CZK" customers show "$1"
  [ $# = 2 ] || grep -qE "alance.* $3 CZK" "$RUN/output.txt" || fail "expected a balance of $3 of $1"
}
# The first raw record of a call.
raw() {
  kcat -C -b "${TOLLSTREAM_BOOTSTRAP_SERVERS%%,*}" -t "$TOLLSTREAM_NAMESPACE.usage.raw" -e -q -f '%s|usage.raw/%p/%o\n' 2>/dev/null |
    awk -F'|' -v id="$1," 'index($1, id) == 1 && !found { print $2; found = 1 }'
}

cat >"$RUN/catalogue/settings.yaml" <<'YAML'
name: moves
grace: 24h
late_periods: 2
time_zones: [Europe/Prague]
usage_types: {voice: s}
late_facts: {holder: apply}
YAML
echo '- {id: national, name: National, prefixes: ["420"], country: home}' >"$RUN/catalogue/zones.yaml"
echo '- {id: iss, name: Issuer, series: s, number_prefix: "M", taxes: [{category: standard, percent: "21"}]}' >"$RUN/catalogue/issuers.yaml"
cat >"$RUN/catalogue/offerings/basic.yaml" <<'YAML'
id: basic
name: Basic
status: launched
currency: CZK
versions:
  - valid_from: 2020-01-01
    prices:
      - {id: voice, name: National, type: voice, zones: [national], connection_fee: "1", steps: [{increment: 60 s, price: "3"}]}
YAML
cat >"$RUN/catalogue/sources/local.yaml" <<'YAML'
id: local
format: csv
columns: [id, kind, caller, callee, ts, qty]
stream: s
record_id: id
type: kind
subscriber: caller
other_party: callee
start: ts
start_format: "yyyy-MM-dd HH:mm:ss"
time_zone: Europe/Prague
quantity: qty
YAML
cat >"$RUN/calls.csv" <<'CSV'
mv-1,voice,420601000001,420777123456,2026-10-10 12:00:00,60
mv-2,voice,420601000001,420777123456,2026-10-10 12:59:30,120
mv-3,voice,420601000001,420777123456,2026-10-10 13:00:00,60
re-1,voice,420601000005,420777123456,2026-10-15 12:00:00,60
re-2,voice,420601000005,420777123456,2026-10-16 12:00:00,60
pr-1,voice,420601000006,420777123456,2026-10-17 12:00:00,60
CSV
says 0 '' topics apply --partitions 3
says 0 'in force' catalog publish "$RUN/catalogue"
start others customers normalize recycle aggregate invoice number
start rate rate
start move move
# With three partitions each of the accounts is in another one.
customers <<'JSON'
{"openAccount":{"account":"a1","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"iss","taxCategory":"standard"}}}
{"openAccount":{"account":"a2","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"iss","taxCategory":"standard"}}}
{"openAccount":{"account":"anna","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"iss","taxCategory":"standard","payment":"PAYMENT_MODE_PREPAID"}}}
{"activateSubscription":{"account":"a1","subscription":"a1-1","offering":"basic","identifiers":["msisdn:+420601000001","msisdn:+420601000005","msisdn:+420601000006"],"from":"2026-10-01T00:00:00+02:00"}}
{"activateSubscription":{"account":"a2","subscription":"a2-1","offering":"basic","identifiers":["msisdn:+420601000002"],"from":"2026-10-01T00:00:00+02:00"}}
{"activateSubscription":{"account":"anna","subscription":"anna-1","offering":"basic","identifiers":["msisdn:+420601000003"],"from":"2026-10-01T00:00:00+02:00"}}
JSON
says 0 '' clock advance --to 2026-10-20T00:00:00+02:00 --wait 60
send
owes a1 27.00
owes a2 0.00

# Handed over at 12:59:45, which is told days after: the file that is sent again changes nothing, what comes for the first time is the new holder's.
customers <<'JSON'
{"releaseIdentifier":{"account":"a1","subscription":"a1-1","identifier":"msisdn:+420601000001","at":"2026-10-10T12:59:45+02:00"}}
{"assignIdentifier":{"account":"a2","subscription":"a2-1","identifier":"msisdn:+420601000001","from":"2026-10-10T12:59:45+02:00"}}
JSON
echo 'mv-4,voice,420601000001,420777123456,2026-10-10 13:10:00,60' >>"$RUN/calls.csv"
send
owes a1 27.00
owes a2 4.00
says 0 'moved +from account a1 by usage.moves/[0-2]/[0-9]+ \(usage.rated/' explain "$(raw mv-4)"
says 0 'account a1, from 2026-10-10T10:59:45Z .*\(applies by itself\)' rerate --proposed
says 0 '^1 usages move to another holder' rerate --proposed --dry-run
# What it costs at either is shown before anything is written.
grep -qE '^a1 +basic +voice +1 +4 +0 +-4 +CZK' "$RUN/output.txt" && grep -qE '^a2 +basic +voice +1 +0 +4 +4 +CZK' "$RUN/output.txt" &&
  grep -qE '^difference 0 CZK' "$RUN/output.txt" || fail "the dry run does not show both holders"
# The rate stage, which brings a move stage with it, dies while it carries the order out, the other move stage before and while it takes the call on.
cut move
"$TOLLSTREAM" rerate --proposed --apply --by-policy >"$RUN/rerate.log" 2>&1 </dev/null &
RERATE=$!
sleep 0.3
cut rate
start rate rate
wait $RERATE || fail "rerate --apply failed: $(cat "$RUN/rerate.log")"
grep -q '^put right: 1 account' "$RUN/rerate.log" || fail "rerate --apply did not put a1 right: $(cat "$RUN/rerate.log")"
start move move
sleep 0.5
cut move
start move move
idle
owes a1 23.00
owes a2 8.00
says 0 '^moved on .*by usage.moves/[0-2]/[0-9]+ to account a2' explain "$(raw mv-3)"
grep -qE '^moved +from account a1 by usage.moves/' "$RUN/output.txt" && grep -qE '^charge +4 \(computed anew: the same\)' "$RUN/output.txt" || fail "explain loses the call"
# By any of its records, at whichever holder, it is the same story.
RATED=$(sed -nE 's/^rated +(usage.rated.*)/\1/p' "$RUN/output.txt" | sort -u)
[ "$(echo "$RATED" | wc -l)" = 2 ] || fail "expected the call at two accounts: $RATED"
for place in $RATED; do
  says 0 '"movedOn"' explain "$place" --json
  python3 -c '
import json, sys
parts = json.load(sys.stdin)
found = [(part["account"], part["charge"], [move["fromAccount"] for move in part["moves"]], "movedOn" in part) for part in parts]
sys.exit(sorted(found) != [("a1", "4", [], True), ("a2", "4", ["a1"], False)] and str(found))' <"$RUN/output.txt" || fail "explain $place --json tells another story"
done
send
owes a1 23.00
owes a2 8.00

# Released as of a time already rated: the call is nobody's, until somebody is given the number as of then.
customers <<<'{"releaseIdentifier":{"account":"a1","subscription":"a1-1","identifier":"msisdn:+420601000005","at":"2026-10-16T00:00:00+02:00"}}'
rerate
owes a1 19.00
says 0 'move  no-subscription-at-time  usage.raw/' recycle --dry-run
says 0 'nothing asks for rating anew' rerate --proposed --dry-run --order time
says 0 '^moved on .* to no account: no-subscription-at-time \(usage.suspended/' explain "$(raw re-2)"
send
# The copy waits, too. By hand neither is sent: it would come twice.
says 0 '0 recycled, 0 had been before, 2 go on by themselves' recycle --reason no-subscription-at-time
cut move
customers <<<'{"assignIdentifier":{"account":"a2","subscription":"a2-1","identifier":"msisdn:+420601000005","from":"2026-10-16T00:00:00+02:00"}}' &
CUSTOMERS=$!
sleep 1
start move move
wait $CUSTOMERS || exit 1
idle
owes a1 19.00
owes a2 12.00
says 0 '^recycled +as usage.moves/' explain "$(raw re-2)"

# Handed over to a prepaid account without money: it waits there, and is sent again as a move, for its raw record would be a duplicate.
customers <<'JSON'
{"releaseIdentifier":{"account":"a1","subscription":"a1-1","identifier":"msisdn:+420601000006","at":"2026-10-17T00:00:00+02:00"}}
{"assignIdentifier":{"account":"anna","subscription":"anna-1","identifier":"msisdn:+420601000006","from":"2026-10-17T00:00:00+02:00"}}
JSON
rerate
owes a1 15.00
owes anna 0.00
customers <<<'{"topUp":{"account":"anna","amount":{"currencyCode":"CZK","units":"100"},"from":"2026-10-02T00:00:00+02:00"}}'
says 0 '1 recycled' recycle --reason insufficient-balance
idle
says 0 '0 of 1 could be recycled' recycle --reason insufficient-balance --dry-run
owes anna 0.00 96.00
says 0 '^charge +4 ' explain "$(raw pr-1)"
grep -qE '^suspended .*insufficient-balance' "$RUN/output.txt" || fail "explain leaves the suspension out"

# It was not to be handed over: back it goes, with all that had gone.
customers <<'JSON'
{"releaseIdentifier":{"account":"a2","subscription":"a2-1","identifier":"msisdn:+420601000001","at":"2026-10-10T12:59:45+02:00"}}
{"assignIdentifier":{"account":"a1","subscription":"a1-1","identifier":"msisdn:+420601000001","from":"2026-10-10T12:59:45+02:00"}}
JSON
send
rerate
send
owes a1 23.00
owes a2 4.00

says 0 'the audit holds' audit
says 0 '' clock advance --to 2026-11-08T00:00:00Z --wait 60
idle
says 0 '' run project --until-idle
says 0 'a1 +2026-11-08 +2026-10-01 to 2026-10-31 +23.00 +4.83 +27.83 +CZK' invoices list
grep -qE 'a2 +2026-11-08 +2026-10-01 to 2026-10-31 +4.00 +0.84 +4.84 +CZK' "$RUN/output.txt" || fail "a2's bill is another one"
grep -q anna "$RUN/output.txt" && fail "anna has a bill, though all was prepaid"
INVOICES=$(cat "$RUN/output.txt")
says 0 'verified: ' invoices show "$(awk '$2 == "a1" { print $1 }' <<<"$INVOICES")" --items
# A call that was for a while on the bill of somebody who did not make it is nobody else's business.
says 0 'records of usage that is another customer.s were taken back' invoices show "$(awk '$2 == "a2" { print $1 }' <<<"$INVOICES")" --items
[ "$(grep -c 420777123456 "$RUN/output.txt")" = 1 ] || fail "a2's bill shows calls of another customer"
says 0 'the audit holds' audit
for name in "${!PIDS[@]}"; do kill -TERM "${PIDS[$name]}"; wait "${PIDS[$name]}" || fail "$name did not stop cleanly"; done
PIDS=()
says 0 '' replay crm
says 0 '^usage.moves: [1-9][0-9]* records, all equal' replay rating --from-namespace "$TOLLSTREAM_NAMESPACE" --namespace "$TOLLSTREAM_NAMESPACE-replay" --partitions 3
