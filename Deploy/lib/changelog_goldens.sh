#!/usr/bin/env bash
# changelog_goldens.sh OUT: traffic that leaves every kind of entry in the changelogs, with the build that is to be kept for ever, written to OUT as
# the goldens under Topics/golden/changelogs are. Run from the project's folder.
#
#   TOLLSTREAM=path/to/that/build TOLLSTREAM_BOOTSTRAP_SERVERS=127.0.0.1:9092 TOLLSTREAM_TOPICS=its/Topics Deploy/lib/changelog_goldens.sh OUT.txt
#
# For the second format set TOLLSTREAM_STATE_FORMAT=2. Older layouts are made of the first format's: Deploy/lib/older_layouts.py OUT.txt 3,4,5,6,8.
set -u
OUT=$1
export TOLLSTREAM_NAMESPACE=goldens-$$
W=$(mktemp -d)
export TOLLSTREAM_VIEW=$W/view.sqlite
t() { timeout 100 "$TOLLSTREAM" "$@" >"$W/out.txt" 2>&1 </dev/null || { echo "failed: $*"; tail -3 "$W/out.txt"; exit 1; }; }
# What wrote the first format knows no move stage.
[ "${TOLLSTREAM_STATE_FORMAT:-}" = 2 ] && MOVE=move || MOVE=
work() { t run customers normalize recycle rate $MOVE aggregate invoice number --until-idle --temporary; }
t topics apply --partitions 2
t catalog publish Deploy/examples/tour/catalogue
cat > $W/c.jsonl <<'J'
{"openAccount":{"account":"acme","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"tour","taxCategory":"standard"},"person":{"keyId":"acme","name":"A"}}}
{"activateSubscription":{"account":"acme","subscription":"acme-1","offering":"everyday","identifiers":["msisdn:+420601000001"],"from":"2026-10-01T00:00:00+02:00"}}
{"activateSubscription":{"account":"acme","subscription":"acme-2","offering":"everyday","identifiers":["msisdn:+420601000002"],"from":"2026-10-01T00:00:00+02:00"}}
{"openAccount":{"account":"pre","from":"2026-10-01T00:00:00+02:00","terms":{"currency":"CZK","timeZone":"Europe/Prague","billCycleDay":1,"issuer":"tour","taxCategory":"standard","payment":"PAYMENT_MODE_PREPAID"},"person":{"keyId":"pre","name":"P"}}}
{"activateSubscription":{"account":"pre","subscription":"pre-1","offering":"everyday","identifiers":["msisdn:+420601000003"],"from":"2026-10-01T00:00:00+02:00"}}
{"setFavourites":{"account":"acme","subscription":"acme-1","favourites":{"numbers":["+420777123456"]},"from":"2026-10-02T00:00:00+02:00"}}
{"topUp":{"account":"pre","amount":{"currencyCode":"CZK","units":"300"},"from":"2026-10-02T00:00:00+02:00","expires":"2027-01-01T00:00:00+01:00"}}
{"setPrepaid":{"account":"pre","autoTopUp":{"below":{"currencyCode":"CZK","units":"20"},"amount":{"currencyCode":"CZK","units":"100"}}}}
{"buyOffering":{"account":"acme","subscription":"acme-1","offering":"weekend","from":"2026-10-05T00:00:00+02:00"}}
{"changePlan":{"account":"acme","subscription":"acme-2","offering":"everyday","from":"2026-11-01T00:00:00+01:00"}}
{"suspendSubscription":{"account":"acme","subscription":"acme-2","reason":"unpaid invoice","barring":"BARRING_LEVEL_OUTGOING","from":"2026-10-20T00:00:00+02:00"}}
{"resumeSubscription":{"account":"acme","subscription":"acme-2","from":"2026-10-25T00:00:00+02:00"}}
J
t customers import $W/c.jsonl
t signal publish --name congestion --multiplier 1.5 --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00
work
python3 - > $W/u.jsonl <<'P'
import json
n=0
def u(sub,typ,start,q,unit,other=None):
    global n; n+=1
    d={"source":"s","stream":"c","recordId":str(n),"type":typ,"subscriber":"msisdn:+42060100000%d"%sub,"start":start,"quantity":q,"unit":unit}
    if other: d["otherParty"]=other
    print(json.dumps(d))
for day in range(2,16):
    for sub in (1,2,3):
        u(sub,"voice","2026-10-%02dT12:00:00+02:00"%day,"90","s","420777123456" if day%2 else "420602000000")
        u(sub,"sms","2026-10-%02dT13:00:00+02:00"%day,"1","event","420602000000")
        u(sub,"data","2026-10-%02dT19:00:00+02:00"%day,"1000000","byte")
u(9,"voice","2026-10-05T12:00:00+02:00","60","s","420602000000")
u(9,"voice","2026-10-06T12:00:00+02:00","60","s","420602000000")
P
t usage publish $W/u.jsonl
work
t clock advance --to 2026-11-08T00:00:00Z
work
python3 - > $W/u2.jsonl <<'P'
import json
for n in range(1000,1010):
    print(json.dumps({"source":"s","stream":"c","recordId":str(n),"type":"voice","subscriber":"msisdn:+420601000001","start":"2026-11-05T12:00:%02d+01:00"%(n-1000),"quantity":"61","unit":"s","otherParty":"420777123456"}))
print(json.dumps({"source":"s","stream":"c","recordId":"2000","type":"voice","subscriber":"msisdn:+420601000001","start":"2026-10-05T15:00:00+02:00","quantity":"61","unit":"s","otherParty":"420777123456"}))
P
t usage publish $W/u2.jsonl
work
# In both periods: what is open, and what only closed ones leave.
TOPICS="state.customers state.normalize state.recycle state.rate state.aggregate state.number"
[ "${TOLLSTREAM_STATE_FORMAT:-}" = 2 ] && TOPICS="$TOPICS state.invoice"
python3 Tests/EndToEnd/dump_changelog.py "${TOLLSTREAM_BOOTSTRAP_SERVERS%%,*}" "$TOLLSTREAM_NAMESPACE" $TOPICS >"$OUT"
