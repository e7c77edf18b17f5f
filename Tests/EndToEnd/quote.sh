#!/usr/bin/env bash
# The command line of the catalogue and of quotes: the tour's usage costs what costs.csv says, and the tables of an independent rating engine
# (../shared/data/rating/cgrates, skipped where absent) cost the same through the importer.
set -u
RUN=$1/quote
rm -rf "$RUN"
mkdir -p "$RUN"
fail() { echo "$1"; exit 1; }

"$TOLLSTREAM" catalog validate Deploy/examples/tour/catalogue || fail "the tour's catalogue is not valid"
"$TOLLSTREAM" quote --catalog Deploy/examples/tour/catalogue --batch Deploy/examples/tour/usage.csv >"$RUN/tour.csv" || fail "the batch failed"
# Reasons are for people, and may be worded anew: that there is one is what counts.
awk -F, 'NR > 1 && $2 == "" && $4 == "" { exit 1 }' "$RUN/tour.csv" || fail "a usage without a price has no reason"
cut -d, -f1-3 "$RUN/tour.csv" | diff - Deploy/examples/tour/costs.csv || fail "the tour costs something else"

"$TOLLSTREAM" catalog diff Deploy/examples/tour/catalogue Deploy/examples/tour/catalogue || fail "a catalogue differs from itself"
cp -r Deploy/examples/tour/catalogue "$RUN/changed"
sed -i 's/price: "4"/price: "5"/' "$RUN/changed/offerings/everyday.yaml"
"$TOLLSTREAM" catalog diff Deploy/examples/tour/catalogue "$RUN/changed" >"$RUN/diff.txt" && fail "a changed price is no difference"
grep -q 'prices/sms-abroad/steps/0/price: 4 -> 5' "$RUN/diff.txt" || { cat "$RUN/diff.txt"; fail "the difference is not said"; }

one() { "$TOLLSTREAM" quote --catalog Deploy/examples/tour/catalogue --type voice --start 2026-10-05T12:00:00Z "$@" 2>"$RUN/error.txt"; }
[ "$(one --destination 420601000001 --quantity "60 s")" = "3 CZK" ] || fail "a single quote costs something else"
one --destination 420601000001 --quantity "60 B" >/dev/null; [ $? = 64 ] || fail "bytes of voice are no wrong command line"
"$TOLLSTREAM" quote --catalog Deploy/examples/tour/catalogue --batch "$RUN/none.csv" 2>/dev/null; [ $? = 65 ] || fail "a missing file is no wrong input"

DATA=../shared/data/rating/cgrates
[ -f $DATA/triples.csv ] || { echo "skipped the import: $DATA is absent"; exit 0; }
for plan in "$DATA"/tariffs/*/; do
  plan=$(basename "$plan")
  "$TOLLSTREAM" catalog import-cgrates "$DATA/tariffs/$plan" --out "$RUN/$plan" 2>"$RUN/$plan.notes" || { cat "$RUN/$plan.notes"; fail "$plan can't be imported"; }
  awk -F, -v plan="$plan" 'BEGIN { print "id,type,category,subject,destination,start,quantity" }
    $2 == plan { print $1 "," $3 "," $5 "," $6 "," $7 "," $8 "," $9 }' $DATA/triples.csv >"$RUN/$plan.csv"
  "$TOLLSTREAM" quote --catalog "$RUN/$plan" --batch "$RUN/$plan.csv" >"$RUN/$plan.costs" || fail "the batch of $plan failed"
  awk -F, -v plan="$plan" 'NR == FNR { cost[$1] = $2; next }
    $2 == plan && ($10 < 0 ? cost[$1] != "" : cost[$1] == "" || cost[$1] + 0 != $10 + 0) { print $1 ": " cost[$1] ", " $10 " expected"; bad = 1 }
    END { exit bad }' "$RUN/$plan.costs" $DATA/triples.csv || fail "$plan costs something else"
done
