"""``python -m jettison``."""

import sys

from jettison.cli.main import entry_point

if __name__ == "__main__":
    sys.exit(entry_point())
