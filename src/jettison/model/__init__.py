"""Frozen values that every other package speaks in: no behaviour that needs files, a clock or the network."""
