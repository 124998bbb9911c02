"""``jettison`` and ``python -m jettison``: where the process begins and ends."""

import os
import signal
import sys


def start() -> int:
    """Run the program. Until it can answer, Ctrl-C ends the process without a word of Python's.

    Ends the process with the program's exit code; returns it where threads still work, which Python then waits for.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from jettison.cli.main import entry_point

    code = entry_point()
    if not _is_anybody_at_work():
        # All is written and closed. Taking the interpreter apart would take longer than a cached build.
        try:
            sys.stderr.flush()
        finally:
            os._exit(code)
    return code


def _is_anybody_at_work() -> bool:
    threading = sys.modules.get("threading")
    if threading is None:
        return False
    return any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())


if __name__ == "__main__":
    sys.exit(start())
