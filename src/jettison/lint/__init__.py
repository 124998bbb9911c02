"""Checks of Dockerfiles: rules, what they find, and fixes. Pure: the tree, the program and the trace are handed in."""
