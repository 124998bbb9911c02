#!/bin/sh
# Reads one measurement a line and prints what is worth keeping.
set -eu
awk '{ sum += $1; if (NR == 1 || $1 < low) low = $1; if ($1 > high) high = $1 }
     END { printf "measurements: %d\nlowest: %d\nhighest: %d\nmean: %.2f\n", NR, low, high, sum / NR }' "$1"
