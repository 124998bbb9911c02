#!/bin/sh
# Stands for a large download: five million measurements, the same ones every time.
set -eu
seq 1 5000000 | awk '{ x = ($1 * 7919) % 1000003; print x }' > "$1"
