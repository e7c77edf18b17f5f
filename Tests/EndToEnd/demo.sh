#!/usr/bin/env bash
# The README's first command, smaller, against the broker of these tests: a second run must not mix with the first.
set -u
for run in 1 2; do
  ACCOUNTS=100 EVENTS=20000 Deploy/demo >"$1/demo-$run.log" 2>&1 || { tail -40 "$1/demo-$run.log"; exit 1; }
  grep -q '^Audit  *holds' "$1/demo-$run.log" || { echo "no verdict in $1/demo-$run.log"; exit 1; }
done
