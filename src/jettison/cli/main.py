"""The program: finds the command, runs it, and turns every outcome into text and an exit code (docs/exit-codes.md)."""

from __future__ import annotations

import _thread
import errno
import gc
import io
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from jettison.errors import CancelledError, JettisonError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from jettison.cli.context import Streams

EXIT_BUG = 70
"""As in sysexits.h: an internal software error."""

EXIT_BROKEN_PIPE = 141
"""As a shell reports a program that SIGPIPE ended."""

_CLEANING_SECONDS = 3.0
"""How long an interrupted program may take to clean up."""
_telling = _thread.allocate_lock()
"""Taken by whoever says how the program ended, and never given back."""

_STORAGE_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})

_LIMITS = {
    errno.EMFILE: ("too many files are open", "-n"),
    errno.EAGAIN: ("no more processes can be started", "-u"),
}
"""What a system call says of a limit, by itself and of no path; and ulimit's flag."""


def entry_point() -> int:
    """Run with this process's arguments, environment and streams."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, _interrupt)
    gc.set_threshold(500_000, 20, 20)  # modules, trees and indexes are many small values that live long
    _open_closed_streams()
    _have_streams_wait()
    from jettison.cli.recalled import answer_again

    argv = sys.argv[1:]
    interrupt: KeyboardInterrupt | None = None
    try:
        answer = answer_again(argv, os.environ)
    except KeyboardInterrupt as error:
        answer, interrupt = None, error
    if answer is not None:
        return _say(answer)
    from jettison.cli.loading import find_own_modules_first, load_pathlib

    find_own_modules_first()
    load_pathlib()
    from jettison.cli.context import Streams

    streams = Streams.standard()
    return main(argv, os.environ, streams) if interrupt is None else _report(interrupt, streams, debug=False)


def _say(answer: str) -> int:
    """Write the answer of a remembered build; the exit code."""
    try:
        sys.stdout.write(answer)
        sys.stdout.flush()
    except OSError as error:
        from jettison.cli.context import Streams

        streams = Streams.standard()
        if not isinstance(error, BrokenPipeError):
            return _report(error, streams, debug=False)
        _abandon(streams)
        return EXIT_BROKEN_PIPE
    return 0


def _open_closed_streams() -> None:
    """Give the null device the number of each standard stream that was closed (``>&-``), lest another file gets it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _have_streams_wait() -> None:
    """See to it that what is read and written here, and by commands in containers, is all of it, or an error.

    What shares a pipe with us may have left it non-blocking: it would give and take only what it has and has room for.
    Under PYTHONUNBUFFERED Python writes to the descriptor itself, and what that did not take is lost without a word.
    """
    for number in range(3):
        if not os.get_blocking(number):
            os.set_blocking(number, True)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        errors = _errors_of(stream.encoding)
        stream.reconfigure(errors=errors)
        if isinstance(stream.buffer, io.RawIOBase):
            encoding, at_once = stream.encoding, name == "stderr"
            buffer = io.BufferedWriter(stream.detach())
            new = io.TextIOWrapper(buffer, encoding, errors, line_buffering=at_once)
            setattr(sys, name, new)
            setattr(sys, f"__{name}__", new)  # the old one is of no use to anybody; textual writes to this


def _errors_of(encoding: str) -> str:
    """What becomes of characters that an encoding lacks."""
    if encoding.lower().replace("-", "") == "utf8":
        return "backslashreplace"
    from jettison.cli.plain_signs import PLAIN_SIGNS

    return PLAIN_SIGNS


def main(argv: Sequence[str], environment: Mapping[str, str], streams: Streams) -> int:
    """Run one command line and give its exit code. Never raises."""
    debug = "--debug" in argv
    try:
        code = _dispatch(argv, environment, streams)
        streams.stdout.flush()
    except BrokenPipeError:
        _abandon(streams)
        return EXIT_BROKEN_PIPE
    except BaseException as error:
        code = _report(error, streams, debug=debug)
    return code


def _dispatch(argv: Sequence[str], environment: Mapping[str, str], streams: Streams) -> int:
    import jettison
    from jettison.cli.context import Context
    from jettison.cli.environment import read_settings
    from jettison.cli.parser import PROGRAM
    from jettison.cli.registry import find_command, program_parser

    program = program_parser()
    options = program.parse(argv)
    context = Context(settings=read_settings(environment, options.home), streams=streams, debug=options.debug)
    if options.version:
        context.write(f"{PROGRAM} version {jettison.__version__}\n")
        return 0
    if options.help or not options.arguments:
        from jettison.cli.help import program_help

        context.write(program_help(program, context.columns()))
        return 0
    command, rest = find_command(options.arguments)
    module = command.load()
    parser = command.parser(module)
    arguments = parser.parse(rest)
    if arguments.help:
        from jettison.cli.help import command_help

        context.write(command_help(parser, context.columns()))
        return 0
    context = Context(
        settings=read_settings(environment, arguments.home or options.home),
        streams=streams,
        debug=options.debug or arguments.debug,
        argv=tuple(argv),
    )
    arguments.command = command.name
    return module.run(arguments, context)


def _report(error: BaseException, streams: Streams, *, debug: bool) -> int:
    """Say what went wrong on standard error; the exit code."""
    from jettison.cli.faults import fault_text

    if isinstance(error, KeyboardInterrupt):
        error = CancelledError("interrupted")
    elif isinstance(error, OSError) and error.errno in _STORAGE_ERRORS:
        error = StorageError(_storage_text(error), hint=_storage_hint(error))
    elif isinstance(error, MemoryError):
        error = JettisonError("there is not enough memory", hint="raise its limit: that of the container, or ulimit -v")
    elif isinstance(error, OSError) and error.errno in _LIMITS:
        message, limit = _LIMITS[error.errno]
        error = JettisonError(message, hint=f"raise the limit: that of the container, or ulimit {limit}")
    fault = error if isinstance(error, JettisonError) else _bug(error, debug=debug)
    if fault.hint is None and isinstance(fault.__cause__, PermissionError):
        fault.hint = _storage_hint(fault.__cause__)
    _telling.acquire(blocking=False)
    try:
        streams.stdout.flush()
    except OSError:
        _abandon(streams)  # that it takes no more is perhaps the very error to be told
    try:
        if debug:
            import traceback

            traceback.print_exception(error, file=streams.stderr)
        streams.stderr.write(fault_text(fault))
        streams.stderr.flush()
    except OSError:
        _abandon(streams)
    return fault.exit_code


def _bug(error: BaseException, *, debug: bool) -> JettisonError:
    hint = None if debug else "run the command again with --debug and report the traceback"
    fault = JettisonError(f"this is a bug: {type(error).__name__}: {error}", hint=hint)
    fault.exit_code = EXIT_BUG
    return fault


def _storage_text(error: OSError) -> str:
    if error.filename is not None:
        return f"cannot use {os.fsdecode(error.filename)!r}: {error.strerror}"
    return f"cannot write the output: {error.strerror}" if error.errno == errno.ENOSPC else str(error)


def _storage_hint(error: OSError) -> str | None:
    from jettison.cli.parser import PROGRAM

    if error.errno in (errno.EACCES, errno.EPERM):
        return "check who may read and write there"
    if error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is not None:
        return f"'{PROGRAM} prune' frees space; --home puts the store elsewhere"
    return None


def _abandon(streams: Streams) -> None:
    """Whoever read our output has gone: let nothing be written there when the interpreter ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, streams.stdout.fileno())
    except OSError:
        return
    finally:
        os.close(null)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Ctrl-C and SIGTERM end the program with all cleaning up, or without where that takes too long."""
    try:
        _thread.start_new_thread(_give_up, ())
    except RuntimeError:
        pass  # there are no threads to be had: then whatever is under way is waited for
    raise KeyboardInterrupt


def _give_up() -> None:
    """End the process where it does not end by itself: it waits for a server, say, that sends a byte now and then.

    As after a SIGKILL, nothing is lost that was finished, and the next run removes what was left.
    """
    time.sleep(_CLEANING_SECONDS)
    if _telling.acquire(blocking=False):
        os.write(2, b"jettison: interrupted\n")
    os._exit(CancelledError.exit_code)
