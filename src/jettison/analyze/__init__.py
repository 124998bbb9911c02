"""Weight: which instruction of an image brought which bytes, which of them are seen in the end, and what they are."""
