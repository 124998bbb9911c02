"""Exploring an image in the terminal: its layers, and what each of them did to which file."""
