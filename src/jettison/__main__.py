"""``jettison`` and ``python -m jettison``: where the process begins."""

import signal
import sys


def start() -> int:
    """Run the program. Until it can answer, Ctrl-C ends the process without a word of Python's."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from jettison.cli.main import entry_point

    return entry_point()


if __name__ == "__main__":
    sys.exit(start())
