#!/usr/bin/env bash
# What a wrong command line, setting or file comes to: the exit code, and one line of error that names what is wrong. No broker is asked.
set -u
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
echo 'this is no database, though it is long enough to hold the header of one' >junk.sqlite
refuses 65 junk.sqlite TOLLSTREAM_VIEW=junk.sqlite "$TOLLSTREAM" customers show a
# A service of Kubernetes with this name is no setting.
refuses 69 127.0.0.1:1 TOLLSTREAM_SERVICE_HOST=10.0.0.1 TOLLSTREAM_PORT=tcp://10.0.0.1:80 TOLLSTREAM_PORT_80_TCP=tcp://10.0.0.1:80 "$TOLLSTREAM" status
exit $FAILED
