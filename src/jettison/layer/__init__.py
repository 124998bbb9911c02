"""Layers as values: reading and writing tar streams, their indexes, and the trees that stacks of indexes make.

Pure: bytes and streams are handed in and out; no files, clock, network or processes.
Sources: POSIX.1-2017 pax (ustar, pax), GNU tar manual (GNU and sparse formats), OCI image-spec layer.md.
"""
