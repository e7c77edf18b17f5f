#!/usr/bin/env bash
# Runs every block of the README that is marked "ci: by-hand", in one shell, in order, as a reader would. The first screen's Deploy/demo
# and the Megaline example are steps of their own.
set -u
RUN=$1/readme
mkdir -p "$RUN"
python3 - README.md "$RUN/blocks.sh" <<'PY' || exit 1
import re, sys
text = open(sys.argv[1]).read()
blocks = re.findall(r"<!-- ci: by-hand -->\n```sh\n(.*?)```", text, re.S)
if len(blocks) < 4:
    sys.exit("the README's blocks were not found")
open(sys.argv[2], "w").write("\n".join(blocks))
PY
ROOT=$PWD
cd "$(mktemp -d)" || exit 1
for name in Deploy Topics .build; do ln -s "$ROOT/$name" .; done
# The broker is the one that is installed; what it holds is of this run alone.
mkdir .tollstream
ln -s "$ROOT/.tollstream/venv" .tollstream/
unset TOLLSTREAM_BOOTSTRAP_SERVERS
bash -euo pipefail -c 'trap "kill \$(jobs -p) 2>/dev/null; wait" EXIT; . "$1"' bash "$RUN/blocks.sh" >"$RUN/output.log" 2>&1
CODE=$?
grep -q '"number"' "$RUN/output.log" || { echo "kcat read no invoice"; CODE=1; }
grep -q 'nothing comes out otherwise' "$RUN/output.log" || { echo "rating anew twice was not once"; CODE=1; }
grep -q 'corrected usage' "$RUN/output.log" || { echo "the correction is on no bill"; CODE=1; }
grep -qE '^moved +from account acme by usage.moves/' "$RUN/output.log" || { echo "the call did not move with its number"; CODE=1; }
[ $CODE = 0 ] || { tail -40 "$RUN/output.log"; exit $CODE; }
