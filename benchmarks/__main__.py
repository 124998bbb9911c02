"""``python -m benchmarks [--row C] [--runs 3] [--json FILE]``."""

import sys

from benchmarks.session import main

sys.exit(main(sys.argv[1:]))
