#!/usr/bin/env bash
# A prepaid customer without money: what was refused and suspended can be found, and followed to what became of it.
set -u
RUN=$1/refused
rm -rf "$RUN"
mkdir -p "$RUN"
export TOLLSTREAM_NAMESPACE=refused-$$ TOLLSTREAM_VIEW=$RUN/view.sqlite
fail() { echo "$1"; cat "$RUN/output.txt"; exit 1; }
# says CODE PATTERN COMMAND ...: what the command prints, on both outputs, has a line with the pattern.
says() {
  local code=$1 pattern=$2 found
  shift 2
  timeout 60 "$TOLLSTREAM" "$@" >"$RUN/output.txt" 2>&1 </dev/null
  found=$?
  [ $found = "$code" ] && grep -qE "$pattern" "$RUN/output.txt" || fail "expected exit code $code and \"$pattern\", got $found from: $*"
}
work() { "$TOLLSTREAM" run customers normalize recycle rate move project --until-idle >"$RUN/run.log" 2>&1 </dev/null || { cat "$RUN/run.log"; exit 1; }; }
command() { echo "$1" >"$RUN/command.jsonl"; says 0 'published' customers import "$RUN/command.jsonl"; }

says 0 '' topics apply --partitions 2
says 0 'in force' catalog publish Deploy/examples/tour/catalogue
command '{"openAccount":{"account":"pre","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"tour","taxCategory":"standard","payment":"PAYMENT_MODE_PREPAID"},"person":{"keyId":"pre","name":"P"}}}'
command '{"activateSubscription":{"account":"pre","subscription":"pre-1","offering":"everyday","identifiers":["msisdn:+420601000001"],"from":"2026-10-01T00:00:00+02:00"}}'
work
command '{"buyOffering":{"account":"pre","subscription":"pre-1","offering":"weekend","from":"2026-10-05T00:00:00+02:00"}}'
# The purchase waits for usage of its time: that comes after it.
work
echo '{"source":"s","stream":"c","recordId":"1","type":"voice","subscriber":"msisdn:+420601000001","otherParty":"420777123456","start":"2026-10-05T12:00:00+02:00","quantity":"60","unit":"s"}' >"$RUN/usage.jsonl"
says 0 '1 record' usage publish "$RUN/usage.jsonl"
work
says 0 'usage.rated/[01]/[0-9]+  pre  insufficient-balance: .*weekend' customers refused
says 0 'refusal +pre-1 +insufficient-balance: .*weekend' customers show pre

says 0 'insufficient-balance  usage.raw/' recycle --dry-run
read -r ID RAW < <(grep -oE '^[0-9a-f]{32}|usage.raw/[0-9/]+' "$RUN/output.txt" | paste - -)
for name in "$ID" "$RAW" "${RAW%/*}"; do says 1 "^error: .* is suspended: insufficient-balance: " explain "$name"; done
command '{"topUp":{"account":"pre","amount":{"currencyCode":"CZK","units":"200"},"from":"2026-10-06T00:00:00+02:00"}}'
# Until then the money is not there, and no clock runs here.
says 0 '' clock advance --to 2026-10-06T00:00:00+02:00
work
says 0 '1 recycled' recycle --reason insufficient-balance
says 1 'it was recycled as usage.raw/[01]/[0-9]+, which may not be processed yet' explain "$RAW"
work
for name in "$ID" "$RAW" "${RAW%/*}"; do
  says 0 '^charge .*computed anew: the same' explain "$name"
  says 0 "^suspended +${RAW%/*}: insufficient-balance: .*usage.suspended/" explain "$name"
  says 0 '^recycled +as usage.raw/' explain "$name"
done
says 64 'expected usage.raw/PARTITION/OFFSET' explain usage.raw/1/2/3/4

says 0 'warning: no discount of the catalogue in force names the signal lod: they name congestion' \
  signal publish --name lod --multiplier 1.5 --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00
says 0 '^signal congestion is published' \
  signal publish --name congestion --multiplier 1.5 --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00
grep -q warning "$RUN/output.txt" && fail "a signal that is named was warned of"
for how in --dry-run --apply; do says 1 'no account "nobody"' rerate --from 2026-09-01T00:00:00+02:00 --account nobody $how; done
says 0 'rated anew' rerate --from 2026-09-01T00:00:00+02:00 --account pre --dry-run
