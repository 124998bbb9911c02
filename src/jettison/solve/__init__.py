"""The build graph: vertices, cache keys, and a scheduler without I/O that turns events into commands."""
