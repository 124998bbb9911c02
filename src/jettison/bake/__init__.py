"""Bake files: from HCL, JSON and Compose texts to targets whose attributes are all known. Pure.

Environment, clock and home folder are handed in. What a bake file means is settled by buildx: its package ``bake``
and ``docs/bake-reference.md``.
"""
