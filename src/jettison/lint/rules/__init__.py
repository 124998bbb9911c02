"""The rules, a small family in each module. Pages: ``docs/rules``; cases: ``tests/lint/cases``."""
