#!/usr/bin/env bash
# Megaline's real half year: every bill to the cent.
set -u
DATA=../shared/data/megaline
[ -r "$DATA/expected_user_month.csv" ] || { echo "skipped: $DATA is not on this machine"; exit 0; }
Deploy/examples/megaline/run "$DATA" >"$1/megaline.csv" || exit 1
{ echo user_id,month,total_usd; tail -n +2 "$DATA/expected_user_month.csv" | cut -d, -f1,2,12 | LC_ALL=C sort; } >"$1/megaline.expected.csv"
diff "$1/megaline.expected.csv" "$1/megaline.csv" >"$1/megaline.diff" || { echo "bills differ:"; head -20 "$1/megaline.diff"; exit 1; }
echo "all $(($(wc -l <"$1/megaline.csv") - 1)) bills equal"
