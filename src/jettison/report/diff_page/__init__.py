"""What differs between two images as one HTML file: a map of what grew and shrank, and the lists beside it.

What it has in common with other reports is in ``report/page``; here are what the map is coloured by (``pieces``), the
data (``document``), and the parts that only a comparison has.
"""
