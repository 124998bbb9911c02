"""Running the distribution's tools: output is captured, a failure becomes an error with the tool's own last words."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from jettison.errors import BuildError, SandboxError

_LAST_LINES = 12


def run_tool(
    command: Sequence[str],
    *,
    doing: str,
    tool: str = "",
    variables: Sequence[tuple[str, str]] = (),
    cwd: Path | None = None,
    clean: bool = False,
) -> str:
    """Run a command with ``variables`` over this process's environment and return its standard output.

    ``clean`` hides this process's environment from the command. A failure is a :class:`BuildError` that says what was
    being done (``doing``) and ends with the command's last lines; a missing command is a :class:`SandboxError`.
    ``tool`` is the name of the command in errors.
    """
    tool = tool or Path(command[0]).name
    # env(1) puts the variables in, so that this package never reads the environment itself.
    prefix = ["env", *(["-i"] if clean else []), *(f"{key}={value}" for key, value in variables)]
    try:
        done = subprocess.run([*prefix, *command], capture_output=True, stdin=subprocess.DEVNULL, check=False, cwd=cwd)
    except OSError as error:
        raise SandboxError(f"{doing}: cannot start {tool}: {error.strerror}") from error
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode == 127:
        raise SandboxError(f"{doing}: {tool} is not installed")
    if done.returncode != 0:
        raise ToolError(doing, tool, done.returncode, output + done.stderr.decode("utf-8", "replace"))
    return output


class ToolError(BuildError):
    """A tool failed; ``output`` is everything it said."""

    def __init__(self, doing: str, tool: str, code: int, output: str) -> None:
        lines = [line for line in output.splitlines() if line.strip()][-_LAST_LINES:]
        super().__init__(f"{doing}: {tool} exited with {code}" + "".join(f"\n  {line}" for line in lines))
        self.output = output
