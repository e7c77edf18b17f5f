#!/usr/bin/env bash
# What a wrong command line, setting or file comes to: the exit code, and one line of error that names what is wrong. No broker is asked.
set -u
ROOT=$PWD
mkdir -p "$1/refusals"
cd "$1/refusals" || exit 1
# The fixtures' own surroundings, whatever the tests' are.
for name in $(compgen -e TOLLSTREAM_ || true); do unset "$name"; done
export TOLLSTREAM_BOOTSTRAP_SERVERS=127.0.0.1:1
FAILED=0

# refuses CODE PATTERN [NAME=VALUE ...] ARGUMENT ...
refuses() {
  local code=$1 pattern=$2 found
  shift 2
  timeout 30 env "$@" >stdout.txt 2>stderr.txt </dev/null
  found=$?
  if [ $found = "$code" ] && [ "$(grep -c . stderr.txt)" = 1 ] && grep -qE "^error: .*$pattern" stderr.txt; then return; fi
  echo "expected exit code $code and one line with \"$pattern\" from: $*"
  echo "got exit code $found:"
  cat stderr.txt
  FAILED=1
}

cat >readme.yaml <<'YAML'
bootstrapServers: kafka-1:9093,kafka-2:9093
namespace: prod
kafka:
  security.protocol: SASL_SSL
  sasl.mechanism: SCRAM-SHA-512
  sasl.username: tollstream
  ssl.ca.location: /etc/tollstream/no-such-ca.pem
YAML
K=TOLLSTREAM_KAFKA_
refuses 78 sasl.password "$TOLLSTREAM" status --config readme.yaml
refuses 78 no-such-ca.pem ${K}SASL_PASSWORD=x "$TOLLSTREAM" status --config readme.yaml
refuses 78 sasl.mechanism ${K}SECURITY_PROTOCOL=SASL_PLAINTEXT ${K}SASL_MECHANISM=NOPE "$TOLLSTREAM" status
refuses 78 ssl.ca.location ${K}SECURITY_PROTOCOL=SSL ${K}SSL_CA_LOCATION=readme.yaml "$TOLLSTREAM" status
refuses 78 'the setting foo' ${K}FOO=abc "$TOLLSTREAM" status
refuses 78 linger.ms ${K}LINGER_MS=abc "$TOLLSTREAM" status
refuses 78 TOLLSTREAM_NAMESPCE TOLLSTREAM_NAMESPCE=x "$TOLLSTREAM" status
refuses 78 TOLLSTREAM_HTPP_PORT TOLLSTREAM_HTPP_PORT=9464 "$TOLLSTREAM" run rate
refuses 78 TOLLSTREAM_BATCH_MAX_RECORD TOLLSTREAM_BATCH_MAX_RECORD=1 "$TOLLSTREAM" run rate
refuses 78 'TOLLSTREAM_LOG_LEVEL is "loud"; expected trace, debug, info, notice, warning, error, critical$' TOLLSTREAM_LOG_LEVEL=loud "$TOLLSTREAM" run rate
refuses 78 'TOLLSTREAM_LOG_FORMAT is "xml"; expected text, json$' TOLLSTREAM_LOG_FORMAT=xml "$TOLLSTREAM" status
refuses 78 host:port "$TOLLSTREAM" status --bootstrap-servers kafka
refuses 69 127.0.0.1:1 "$TOLLSTREAM" status
refuses 64 yesterday "$TOLLSTREAM" invoices list --from yesterday
refuses 64 2026-99-99 "$TOLLSTREAM" invoices list --to 2026-99-99
refuses 64 99999 "$TOLLSTREAM" run rate --http-port 99999
refuses 65 /nope/x "$TOLLSTREAM" run rate --report /nope/x
refuses 64 no-price "$TOLLSTREAM" recycle --reason nope
: >empty.jsonl
: >empty.csv
refuses 65 empty.jsonl "$TOLLSTREAM" customers import empty.jsonl
refuses 65 empty.csv "$TOLLSTREAM" customers import empty.csv
# Commands in JSON: which line, which field, what was expected there.
json() { printf '%s\n' '{"topUp":{"account":"a"}}' "$1" >commands.jsonl; refuses 65 "commands.jsonl:2: $2" "$TOLLSTREAM" customers import commands.jsonl; }
json '{"topup":{"account":"a"}}' 'topup: there is no such field: is topUp meant'
json '{"topUp":{"acount":"a"}}' 'topUp.acount: there is no such field: is account meant'
json '{"topUp":{"zzzzzz":"a"}}' 'topUp.zzzzzz: there is no such field; there are account, amount, expiresMs, expires, fromMs, from$'
json '{"topUp":{"amount":{"unit":"1"}}}' 'topUp.amount.unit: there is no such field: is units meant'
json '{"suspendSubscription":{"barring":"BARRING_LEVEL_SOME"}}' 'suspendSubscription.barring: expected one of BARRING_LEVEL_NONE, .*BARRING_LEVEL_ALL, .*found "BARRING_LEVEL_SOME"'
json '{"open_account":{"terms":{"payment":"PREPAID"}}}' 'openAccount.terms.payment: expected one of PAYMENT_MODE_PREPAID, or nothing, found "PREPAID"'
json '{"openAccount":{"terms":{"billCycleDay":4294967296}}}' 'openAccount.terms.billCycleDay: expected a whole number from 0 to 4294967295, found 4294967296'
json '{"openAccount":{"terms":{"billCycleDay":1.5}}}' 'openAccount.terms.billCycleDay: expected a whole number from 0 to 4294967295, found 1.5'
json '{"openAccount":{"fromMs":"soon"}}' 'openAccount.fromMs: expected a whole number from -9223372036854775808 to 9223372036854775807, found "soon"'
json '{"openAccount":[]}' 'openAccount: expected an object with account, terms, person, fromMs, from, found \[\]'
json '{"openAccount":{"account":7}}' 'openAccount.account: expected a text, found 7'
json '{"activateSubscription":{"identifiers":"a:b"}}' 'activateSubscription.identifiers: expected a list, found "a:b"'
json '{"activateSubscription":{"identifiers":["a:b",7]}}' 'activateSubscription.identifiers\[1\]: expected a text, found 7'
json '{"commandId":"c","topUp":{},"buyOffering":{}}' 'only one thing can be said at a time, found buyOffering, topUp$'
json '[]' 'expected an object in braces, found \[\]'
json '{"topUp":' 'no JSON'
# Columns: a customer's are all known, a usage's may be more.
HEAD=account,currency,timeZone,billCycleDay,issuer,taxCategory,subscription,offering,identifiers,from
csv() { echo "$1" >columns.csv; shift; refuses 65 "columns.csv:1: $1" "$TOLLSTREAM" customers import columns.csv; }
csv "$HEAD,paymnt" 'unknown column "paymnt"; is payment meant'
csv "${HEAD/offering/offring}" 'unknown column "offring"; is offering meant'
csv "$HEAD,shoe_size" 'unknown column "shoe_size"; the columns are account, .*credit_limit'
csv "${HEAD/issuer,/}" 'no column "issuer", which issuer is made of'
echo 'offering: "{plan}"' >mapping.yaml
echo "${HEAD/offering/plann},age" >columns.csv
refuses 65 'columns.csv:1: no column "plan", which offering is made of; is its "plann" meant' "$TOLLSTREAM" customers import --mapping mapping.yaml columns.csv
echo "${HEAD/offering/plan},age" >columns.csv
refuses 65 'columns.csv: holds no customer' "$TOLLSTREAM" customers import --mapping mapping.yaml columns.csv
echo 'payment: "{payment}"' >mapping.yaml
echo "$HEAD,paymnt" >columns.csv
refuses 65 'no column "payment", which payment is made of; is its "paymnt" meant' "$TOLLSTREAM" customers import --mapping mapping.yaml columns.csv
TOUR=$ROOT/Deploy/examples/tour/catalogue
echo id,type,category,subject,destination,start >usage.csv
refuses 65 'usage.csv:1: no column quantity' "$TOLLSTREAM" quote --catalog "$TOUR" --batch usage.csv
printf '%s\n' id,type,category,subject,destination,start,quantity,segmnt,cell 1,voice,,,420601000001,2026-10-05T12:00:00Z,60,, >usage.csv
if ! "$TOLLSTREAM" quote --catalog "$TOUR" --batch usage.csv >stdout.txt 2>stderr.txt || [ "$(grep -c '^warning: usage.csv:1: ignored: segmnt, cell' stderr.txt)" != 1 ]; then
  echo "the columns that are ignored are not said:"
  cat stderr.txt
  FAILED=1
fi
refuses 64 'weekend is an add-on' "$TOLLSTREAM" quote --catalog "$TOUR" --offering weekend --type voice --start 2026-10-05T12:00:00Z --quantity "1 s"
refuses 65 'nowhere: there is no such folder$' "$TOLLSTREAM" catalog validate nowhere
refuses 64 'currency euro: expected an ISO 4217 code' "$TOLLSTREAM" catalog import-cgrates . --out made --currency euro
[ -e made ] && { echo "a catalogue without a currency was written"; FAILED=1; }
SIGNAL="--multiplier 1.5 --from 2026-10-05T18:00:00+02:00 --to 2026-10-05T20:00:00+02:00"
refuses 64 'name "load x": expected 1 to 64 of' "$TOLLSTREAM" signal publish --name "load x" $SIGNAL
refuses 64 '"rate" is named twice' "$TOLLSTREAM" run rate rate
refuses 64 '"all" is every stage' "$TOLLSTREAM" run all rate
refuses 78 'nowhere: there is no such folder; .*--topics' "$TOLLSTREAM" topics apply --topics nowhere
mkdir -p none
refuses 78 'none: no file describes the topic .*--topics' "$TOLLSTREAM" topics apply --topics none
echo 'this is no database, though it is long enough to hold the header of one' >junk.sqlite
refuses 65 junk.sqlite TOLLSTREAM_VIEW=junk.sqlite "$TOLLSTREAM" customers show a
# A service of Kubernetes with this name is no setting.
refuses 69 127.0.0.1:1 TOLLSTREAM_SERVICE_HOST=10.0.0.1 TOLLSTREAM_PORT=tcp://10.0.0.1:80 TOLLSTREAM_PORT_80_TCP=tcp://10.0.0.1:80 "$TOLLSTREAM" status
exit $FAILED
