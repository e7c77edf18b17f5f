#!/usr/bin/env bash
# Real processes, killed at random: see chaos.py.
exec python3 Tests/EndToEnd/chaos.py "$1"
