"""The weight of an image as one HTML file: a map of its bytes, its instructions, its layers, and what to change.

The file works from disk and asks nobody for anything. Python folds the files of the image and writes the data
(``pieces``, ``folding``, ``document``, ``page``); a template, a style sheet and the scripts beside it draw them.
"""
