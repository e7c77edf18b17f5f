#!/usr/bin/env bash
# Real processes, killed at random, on a broker of their own: see chaos.py.
exec python3 -B Tests/EndToEnd/chaos.py "$1"
