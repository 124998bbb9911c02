"""Builds that are remembered whole: the same question gets the same answer, as long as what it stands on is the same.

The path that every repeated build takes: it imports nothing that is not needed to look and to copy (docs/adr/0004).
"""
