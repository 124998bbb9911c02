"""What the HTML reports have in common: a map of bytes to walk through, its lenses, search, keys, light and dark.

A report is one file that works from disk and asks nobody for anything. Python folds files into a tree that has room
(``folding``) and puts the file together (``page``); a template, a style sheet and scripts draw it. A report of its own
is a folder with its part of the template, its style, its data, and the scripts that define ``lenses`` and ``told``.
"""
