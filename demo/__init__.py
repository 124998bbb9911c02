"""`make demo`: builds every example twice, runs both images, and prints what the stages saved.

It uses jettison as a user does, by its command line, and reads the images that `jettison save` writes.
"""
