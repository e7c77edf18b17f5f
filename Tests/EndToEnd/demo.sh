#!/usr/bin/env bash
# The README's first command, smaller, against the broker of these tests: a second run must not mix with the first, and the same seed
# must bill the same, however the raw partitions were interleaved.
set -u
for run in 1 2; do
  ACCOUNTS=100 EVENTS=20000 Deploy/demo >"$1/demo-$run.log" 2>&1 || { tail -40 "$1/demo-$run.log"; exit 1; }
  grep -q '^Audit  *holds' "$1/demo-$run.log" || { echo "no verdict in $1/demo-$run.log"; exit 1; }
  grep '^Total billed' "$1/demo-$run.log" >"$1/demo-$run.total"
done
diff "$1/demo-1.total" "$1/demo-2.total" || { echo "the same seed billed differently"; exit 1; }
