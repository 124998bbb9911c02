"""Texts that people write: where something stands in them, errors that show the place, the nearest name."""
