"""``jettison run``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.errors import CancelledError, JettisonError, UsageError
from jettison.model.platform import Platform

EXIT_NOT_STARTED = 125
"""Docker's: the container never ran, and the exit code is not the program's."""

ISOLATIONS = ("auto", "oci", "namespaces")
NOT_YET_SWITCHES = ("-d/--detach", "--privileged")
NOT_YET_VALUES = (
    "--cap-add",
    "--cap-drop",
    "--cpus",
    "--device",
    "--dns",
    "--gpus",
    "-m/--memory",
    "--security-opt",
    "--shm-size",
    "--tmpfs",
    "--ulimit",
)
"""Flags of docker that are understood, and refused by name."""


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.values("--add-host", help="Add a custom host-to-IP mapping (host:ip)")
    parser.value("--entrypoint", help="Overwrite the default ENTRYPOINT of the image")
    parser.values("-e", "--env", help="Set environment variables")
    parser.values("--env-file", help="Read in a file of environment variables", completes=Completes.FILE)
    parser.value("-h", "--hostname", help="Container host name")
    parser.switch("--init", help="Without effect: processes are always reaped", hidden=True)
    parser.switch("-i", "--interactive", help="Keep STDIN open even if not attached")
    parser.value("--isolation", help="How the command is isolated", choices=ISOLATIONS, default="auto")
    parser.values(
        "--mount", kind="mount", help="Attach a filesystem mount: type=bind,source=PATH,target=PATH[,readonly]"
    )
    parser.value("--name", help="Assign a name to the container")
    parser.value("--network", help="The network of the container: always the host's", choices=("host",))
    parser.value("--platform", help="Run the image for this platform", parse=Platform.parse)
    parser.values("-p", "--publish", help="Accepted with a note: the network is the host's")
    parser.value("--pull", help="Pull image before running", choices=("always", "missing", "never"), default="missing")
    parser.switch("-q", "--quiet", help="Suppress the pull output")
    parser.switch("--read-only", help="Mount the container's root filesystem as read only")
    parser.switch("--rm", help="Automatically remove the container when it exits")
    parser.switch("-t", "--tty", help="Allocate a pseudo-TTY")
    parser.value("-u", "--user", help='Username or UID (format: "<name|uid>[:<group|gid>]")')
    parser.values("-v", "--volume", help="Bind mount a volume: SOURCE:TARGET[:ro]", completes=Completes.FOLDER)
    parser.value("-w", "--workdir", help="Working directory inside the container")
    for flags in NOT_YET_SWITCHES:
        parser.switch(*flags.split("/"), help="Not supported yet", hidden=True)
    for flags in NOT_YET_VALUES:
        parser.values(*flags.split("/"), help="Not supported yet", hidden=True)


def run(arguments: Arguments, context: Context) -> int:
    """Run a command in a new container; the exit code is the command's."""
    try:
        refuse_unsupported(arguments)
        from jettison.cli.run_container import run_image

        return run_image(arguments, context)
    except CancelledError:
        raise
    except JettisonError as error:
        error.exit_code = EXIT_NOT_STARTED
        raise


def refuse_unsupported(arguments: Arguments) -> None:
    """Raise :class:`UsageError` that names the first flag whose effect is not there yet."""
    for flags in (*NOT_YET_SWITCHES, *NOT_YET_VALUES):
        flag = flags.rpartition("/")[2]
        if getattr(arguments, flag.removeprefix("--").replace("-", "_")):
            raise UsageError(f"{flag} is not supported yet", hint="leave the flag out")
