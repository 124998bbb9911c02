"""Running git(1) on repositories that nobody trusts.

Nothing but its arguments decides what git does: no configuration of the user or the machine is read, no hook runs, no
prompt is shown, and only the protocols that a command is allowed are spoken, by submodules too. ssh is the user's own,
with the user's agent. Credentials travel in the environment, never in arguments, files or messages.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from jettison.errors import BuildError
from jettison.patterns import late_pattern
from jettison.pools import begin
from jettison.text.diagnostics import printable

NETWORK = "git:http:https:ssh"
"""The protocols of GIT_ALLOW_PROTOCOL that reach other machines."""
LOCAL = "file"

_CONFIG = """\
[init]
	defaultBranch = master
	templateDir = {templates}
[core]
	hooksPath = /dev/null
	fsmonitor = false
	logAllRefUpdates = false
	autocrlf = false
[gc]
	auto = 0
[maintenance]
	auto = false
[advice]
	detachedHead = false
[safe]
	directory = *
[http]
	lowSpeedLimit = 1
	lowSpeedTime = 60
"""
_SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new"
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_POLL_SECONDS = 0.1
_MAX_OUTPUT_BYTES = 16 << 20
_FAULTS = ("fatal: ", "error: ", "ERROR: ", "ssh: ")
_LAST_LINES = 20
_MAX_LINE = 400
_PROGRESS = late_pattern(r"(?:remote: )?([A-Z][\w ]+):\s+\d+% \((\d+)/(\d+)\)")

Progress = Callable[[str, int, int | None], None]
"""Called with a part, how much of it is done, and how much it is; may raise to stop the command."""


class GitFailedError(BuildError):
    """git failed; ``output`` is the end of what it said."""

    def __init__(self, lines: Sequence[str], code: int) -> None:
        self.output = "\n".join(lines)
        super().__init__(_reason(lines) or f"git exited with {code}", hint=_hint(self.output))


class Git:
    """git(1) with a folder of its own for its settings."""

    def __init__(
        self,
        scratch: Path,
        *,
        variables: Mapping[str, str],
        config: Sequence[tuple[str, str]] = (),
        progress: Progress = lambda part, done, total: None,
    ) -> None:
        """``scratch`` is an empty folder of the caller's; ``config`` holds settings that no file may show.

        Raises :class:`BuildError` where git is not installed.
        """
        path = variables.get("PATH") or _DEFAULT_PATH
        program = shutil.which("git", path=path)
        if program is None:
            raise BuildError("git is not installed", hint="install git, which fetches repositories, or give a folder")
        self._program = program
        self._progress = progress
        templates = scratch / "templates"
        templates.mkdir()
        settings = scratch / ".gitconfig"
        settings.write_text(_CONFIG.format(templates=templates))
        self._environment = {
            **variables,
            "PATH": path,
            "HOME": str(scratch),
            "XDG_CONFIG_HOME": str(scratch),
            "GIT_CONFIG_GLOBAL": str(settings),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TEMPLATE_DIR": str(templates),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "false",
            "GIT_SSH_COMMAND": _SSH,
            "GIT_CONFIG_COUNT": str(len(config)),
            "LC_ALL": "C",
        }
        for number, (key, value) in enumerate(config):
            self._environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}

    def run(
        self,
        *arguments: str,
        directory: Path,
        git_dir: Path | None = None,
        work_tree: Path | None = None,
        protocols: str = NETWORK,
    ) -> str:
        """The standard output of a command run in ``directory``. Raises :class:`GitFailedError`."""
        environment = self._environment | {"GIT_ALLOW_PROTOCOL": protocols}
        if git_dir is not None:
            environment["GIT_DIR"] = str(git_dir)
        if work_tree is not None:
            environment["GIT_WORK_TREE"] = str(work_tree)
        with (
            subprocess.Popen(
                [self._program, *arguments],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                umask=0o022,
            ) as process,
            ExitStack() as readers,
        ):
            assert process.stdout is not None and process.stderr is not None
            try:
                output = _Output(process.stdout)
                readers.callback(output.join)
                errors = _Errors(process.stderr)
                readers.callback(errors.join)
                code = self._wait(process, errors)
            finally:
                _end(process)
        if code != 0:
            raise GitFailedError(errors.lines, code)
        if output.too_long:
            raise BuildError(f"git {arguments[0]}: more than {_MAX_OUTPUT_BYTES >> 20} MiB of answer")
        return output.text

    def _wait(self, process: subprocess.Popen[bytes], errors: _Errors) -> int:
        while True:
            try:
                return process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                self._progress(*errors.progress)


class _Output(threading.Thread):
    """Collects standard output, up to a limit."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="git-output", daemon=True)
        self._stream = stream
        self._data = bytearray()
        self.too_long = False
        begin(self)

    @property
    def text(self) -> str:
        return self._data.decode("utf-8", "surrogateescape")

    def run(self) -> None:
        while data := self._stream.read(1 << 16):
            self.too_long = self.too_long or len(self._data) + len(data) > _MAX_OUTPUT_BYTES
            if not self.too_long:
                self._data += data


class _Errors(threading.Thread):
    """Reads standard error: the last lines, and how far the command is."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="git-errors", daemon=True)
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.progress: tuple[str, int, int | None] = ("fetching", 0, None)
        begin(self)

    @property
    def lines(self) -> list[str]:
        return list(self._lines)

    def run(self) -> None:
        rest = b""
        while data := os.read(self._stream.fileno(), 1 << 16):
            *whole, rest = re.split(rb"[\r\n]", rest + data)
            for line in whole:
                self._take(line)
            rest = rest[-_MAX_LINE:]
        self._take(rest)

    def _take(self, line: bytes) -> None:
        text = printable(line.decode("utf-8", "replace")[:_MAX_LINE]).rstrip()
        found = _PROGRESS.match(text)
        if found is not None:
            self.progress = found[1].lower(), int(found[2]), int(found[3])
        elif text:
            self._lines.append(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let nothing of the command outlive it: ssh and remote helpers are in its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def _reason(lines: Sequence[str]) -> str:
    """What git says is wrong: its last line that says so, and the next where it ends with a colon."""
    faults = [place for place, line in enumerate(lines) if line.startswith(_FAULTS)]
    if not faults:
        return next((line for line in reversed(lines) if not line.startswith(("hint: ", "warning: "))), "")
    reason = lines[faults[-1]].removeprefix("fatal: ").removeprefix("error: ")
    return f"{reason} {lines[faults[-1] + 1]}" if reason.endswith(":") and faults[-1] + 1 < len(lines) else reason


_HINTS = (
    (
        ("could not read Username", "could not read Password", "Authentication failed", "terminal prompts disabled"),
        "a private repository needs --secret id=GIT_AUTH_TOKEN,env=TOKEN, or an ssh URL and your agent",
    ),
    (("Permission denied (publickey", "Permission denied, please"), "is a key in your agent? ssh-add -l shows them"),
    (("Host key verification failed", "HOST IDENTIFICATION HAS CHANGED"), "~/.ssh/known_hosts has another key"),
    (("transport 'file' not allowed", "transport 'ext' not allowed"), "a submodule must lie on a server"),
    (("Could not resolve host", "Connection refused", "Connection timed out"), "check the address and the network"),
    (("not found", "does not appear to be a git repository"), "check the address; is the repository private?"),
)


def _hint(output: str) -> str | None:
    return next((hint for signs, hint in _HINTS if any(sign in output for sign in signs)), None)
