"""The completion scripts of the shells, generated from the commands' own options."""
