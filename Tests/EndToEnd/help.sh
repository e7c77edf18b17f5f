#!/usr/bin/env bash
# Every command has help with an example, and each example can be copied from a terminal of 80 columns: no line of it is wrapped.
set -u
python3 - "$TOLLSTREAM" <<'PY'
import os, re, subprocess, sys
faults = []

def visit(path):
    text = subprocess.run([sys.argv[1], *path, "--help"], capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"}).stdout
    name = " ".join(["tollstream", *path])
    example = re.search(r"^Example:\n(.*?)(\n\n|\Z)", text, re.S | re.M)
    if not example:
        faults.append(f"{name} --help has no example")
    else:
        continued = False
        for line in example[1].splitlines():
            if not continued and not line.startswith("  tollstream "):
                faults.append(f"{name} --help wraps its example: {line}")
            continued = line.endswith("\\")
    commands = re.search(r"^SUBCOMMANDS:\n(.*?)\n\n", text, re.S | re.M)
    for command in re.findall(r"^  ([a-z-]+)", commands[1] if commands else "", re.M):
        if command != "help":
            visit([*path, command])

visit([])
print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)
PY
