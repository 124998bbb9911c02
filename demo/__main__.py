"""``python -m demo``."""

import sys

from demo.course import main

if __name__ == "__main__":
    sys.exit(main())
