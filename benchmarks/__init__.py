"""Benchmarks: jettison and its rivals, alternately in the same run (benchmarks/README.md)."""
