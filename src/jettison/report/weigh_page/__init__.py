"""The weight of an image as one HTML file: a map of its bytes, its instructions, its layers, and what to change.

What it has in common with other reports is in ``report/page``; here are what the map is coloured by (``pieces``), the
data (``document``), and the parts that only an image has.
"""
