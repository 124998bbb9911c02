"""All commands, by name, without importing any of them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import jettison
from jettison.cli.parser import PROGRAM, Arguments, CommandParser, Completes, Option, Synopsis, nearest
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from jettison.cli.context import Context

_COMMON = "Common Commands"
_MORE = "Commands"
_FAMILIES = "Management Commands"
GROUPS = (_COMMON, _FAMILIES, _MORE)
"""In the order of the help."""


class CommandModule(Protocol):
    """What the module of a command offers."""

    def add_options(self, parser: CommandParser) -> None:
        """Declare the options in the order of the help."""

    def run(self, arguments: Arguments, context: Context) -> int:
        """Do the work and give the exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command and where its code is."""

    name: str
    summary: str
    module: str
    synopsis: Synopsis
    aliases: tuple[str, ...] = ()
    """Docker's longer names for it: ``image ls``."""
    group: str = _MORE
    hidden: bool = False

    def load(self) -> CommandModule:
        """Import the command's module."""
        return cast(CommandModule, importlib.import_module(f"jettison.cli.{self.module}"))

    def parser(self, module: CommandModule) -> CommandParser:
        """The parser with all of the command's options."""
        parser = CommandParser(self.name, self.summary, self.synopsis, aliases=self.aliases)
        module.add_options(parser)
        add_global_options(parser, hidden=True)
        return parser


COMMANDS = (
    Command(
        name="run",
        summary="Create and run a new container from an image",
        module="run",
        synopsis=Synopsis(
            text="IMAGE [COMMAND] [ARG...]", minimum=1, maximum=None, completes=Completes.IMAGE, passthrough=True
        ),
        aliases=("container run",),
        group=_COMMON,
    ),
    Command(
        name="ps",
        summary="List containers",
        module="ps",
        synopsis=Synopsis(text=""),
        aliases=("container ls", "container list", "container ps"),
        group=_COMMON,
    ),
    Command(
        name="build",
        summary="Build an image from a Dockerfile",
        module="build",
        synopsis=Synopsis(text="PATH | URL | -", minimum=1, maximum=1, completes=Completes.FOLDER),
        aliases=("image build", "buildx build", "builder build"),
        group=_COMMON,
    ),
    Command(
        name="bake",
        summary="Build from a file",
        module="bake",
        synopsis=Synopsis(text="[TARGET...]", maximum=None),
        aliases=("buildx bake",),
        group=_COMMON,
    ),
    Command(
        name="pull",
        summary="Download an image from a registry",
        module="pull",
        synopsis=Synopsis(text="NAME[:TAG|@DIGEST]", minimum=1, maximum=1, completes=Completes.IMAGE),
        aliases=("image pull",),
        group=_COMMON,
    ),
    Command(
        name="push",
        summary="Upload an image to a registry",
        module="push",
        synopsis=Synopsis(text="NAME[:TAG]", minimum=1, maximum=1, completes=Completes.IMAGE),
        aliases=("image push",),
        group=_COMMON,
    ),
    Command(
        name="images",
        summary="List images",
        module="images",
        synopsis=Synopsis(text="[REPOSITORY[:TAG]]", maximum=1, completes=Completes.IMAGE),
        aliases=("image ls", "image list"),
        group=_COMMON,
    ),
    Command(
        name="base",
        summary="Make a base image from Debian packages",
        module="base",
        synopsis=Synopsis(text="[NAME[:TAG]]", maximum=1),
    ),
    Command(
        name="cat",
        summary="Print files of an image",
        module="cat",
        synopsis=Synopsis(text="IMAGE PATH [PATH...]", minimum=2, maximum=None, completes=Completes.IMAGE),
    ),
    Command(
        name="completion",
        summary="Print the completion script of a shell",
        module="completion",
        synopsis=Synopsis(text="bash|zsh|fish", minimum=1, maximum=1),
    ),
    Command(
        name="cp",
        summary="Copy files/folders from an image to the local filesystem",
        module="cp",
        synopsis=Synopsis(text="IMAGE:SRC_PATH DEST_PATH|-", minimum=2, maximum=2, completes=Completes.IMAGE),
        aliases=("image cp", "container cp"),
    ),
    Command(
        name="diff",
        summary="Show what differs between two images",
        module="diff",
        synopsis=Synopsis(text="IMAGE IMAGE | CONTAINER", minimum=1, maximum=2, completes=Completes.IMAGE),
        aliases=("image diff", "container diff"),
    ),
    Command(
        name="du",
        summary="Show what images take on disk, and what they share",
        module="du",
        synopsis=Synopsis(text=""),
    ),
    Command(
        name="explore",
        summary="Look into an image, layer by layer and file by file, in the terminal",
        module="explore",
        synopsis=Synopsis(text="IMAGE", minimum=1, maximum=1, completes=Completes.IMAGE),
    ),
    Command(
        name="history",
        summary="Show the history of an image",
        module="history",
        synopsis=Synopsis(text="IMAGE", minimum=1, maximum=1, completes=Completes.IMAGE),
        aliases=("image history",),
    ),
    Command(
        name="inspect",
        summary="Return low-level information on images and containers",
        module="inspect",
        synopsis=Synopsis(text="NAME|ID [NAME|ID...]", minimum=1, maximum=None, completes=Completes.IMAGE),
        aliases=("image inspect", "container inspect"),
    ),
    Command(
        name="lint",
        summary="Check Dockerfiles, and mend them",
        module="lint",
        synopsis=Synopsis(text="[PATH|DOCKERFILE...]", maximum=None, completes=Completes.FILE),
    ),
    Command(
        name="load",
        summary="Load an image from a tar archive or STDIN",
        module="load",
        synopsis=Synopsis(text="", hint="jettison load -i FILE"),
        aliases=("image load",),
    ),
    Command(
        name="login",
        summary="Authenticate to a registry",
        module="login",
        synopsis=Synopsis(text="[SERVER]", maximum=1),
    ),
    Command(
        name="logout",
        summary="Log out from a registry",
        module="logout",
        synopsis=Synopsis(text="[SERVER]", maximum=1),
    ),
    Command(
        name="ls",
        summary="List files of an image",
        module="ls",
        synopsis=Synopsis(text="IMAGE [PATH]", minimum=1, maximum=2, completes=Completes.IMAGE),
    ),
    Command(
        name="plan",
        summary="Show what a build would do, and do none of it",
        module="plan",
        synopsis=Synopsis(text="PATH | URL | -", minimum=1, maximum=1, completes=Completes.FOLDER),
    ),
    Command(
        name="prune",
        summary="Remove unused data",
        module="prune",
        synopsis=Synopsis(text=""),
        aliases=("system prune",),
    ),
    Command(
        name="builder prune",
        summary="Remove build cache",
        module="prune",
        synopsis=Synopsis(text=""),
        aliases=("buildx prune",),
        group=_FAMILIES,
    ),
    Command(
        name="container prune",
        summary="Remove all stopped containers",
        module="prune",
        synopsis=Synopsis(text=""),
        group=_FAMILIES,
    ),
    Command(
        name="image prune",
        summary="Remove unused images",
        module="prune",
        synopsis=Synopsis(text=""),
        group=_FAMILIES,
    ),
    Command(
        name="system df",
        summary="Show disk usage",
        module="df",
        synopsis=Synopsis(text=""),
        group=_FAMILIES,
    ),
    Command(
        name="rm",
        summary="Remove one or more containers",
        module="rm",
        synopsis=Synopsis(text="CONTAINER [CONTAINER...]", minimum=1, maximum=None, completes=Completes.CONTAINER),
        aliases=("container rm", "container remove"),
    ),
    Command(
        name="rmi",
        summary="Remove one or more images",
        module="rmi",
        synopsis=Synopsis(text="IMAGE [IMAGE...]", minimum=1, maximum=None, completes=Completes.IMAGE),
        aliases=("image rm", "image remove"),
    ),
    Command(
        name="save",
        summary="Save one or more images to a tar archive (streamed to STDOUT by default)",
        module="save",
        synopsis=Synopsis(text="IMAGE [IMAGE...]", minimum=1, maximum=None, completes=Completes.IMAGE),
        aliases=("image save",),
    ),
    Command(
        name="squash",
        summary="Fold the layers of an image into one",
        module="squash",
        synopsis=Synopsis(text="IMAGE", minimum=1, maximum=1, completes=Completes.IMAGE),
    ),
    Command(
        name="tag",
        summary="Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        module="tag",
        synopsis=Synopsis(
            text="SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", minimum=2, maximum=2, completes=Completes.IMAGE
        ),
        aliases=("image tag",),
    ),
    Command(
        name="version",
        summary="Show the version of jettison and of what it runs on",
        module="version",
        synopsis=Synopsis(text=""),
    ),
    Command(
        name="weigh",
        summary="Show where the bytes of an image come from, and which are ballast",
        module="weigh",
        synopsis=Synopsis(text="IMAGE | PATH | -", minimum=1, maximum=1, completes=Completes.IMAGE),
    ),
    Command(
        name="why-file",
        summary="Tell which instruction brought a file of an image, and from where",
        module="why_file",
        synopsis=Synopsis(text="IMAGE PATH", minimum=2, maximum=2, completes=Completes.IMAGE),
    ),
    Command(
        name="__complete",
        summary="Names for the completion scripts",
        module="complete",
        synopsis=Synopsis(text="image|container", minimum=1, maximum=1),
        hidden=True,
    ),
)


def add_global_options(parser: CommandParser, *, hidden: bool) -> None:
    """Declare the options that every command takes."""
    parser.value("--home", help="Folder of the store (default $JETTISON_HOME, else the XDG data folder)", hidden=hidden)
    parser.switch("--debug", help="Show the traceback of errors", hidden=hidden)
    parser.switch("--help", help="Print usage", hidden=hidden)


def global_options() -> tuple[Option, ...]:
    """The options that stand before the command."""
    return tuple(program_parser().options)


def program_parser() -> CommandParser:
    """The parser of what stands before the command; the command and all after it are its arguments."""
    synopsis = Synopsis(text="COMMAND [ARG...]", maximum=None, passthrough=True)
    parser = CommandParser("", jettison.__doc__ or "", synopsis)
    add_global_options(parser, hidden=False)
    parser.switch("-v", "--version", help="Print version information and quit")
    return parser


def find_command(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that ``words`` start with, and the words after its name; :class:`UsageError` where there is none."""
    names = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}
    for length in (2, 1):
        command = names.get(" ".join(words[:length]))
        if command is not None and len(words) >= length:
            return command, list(words[length:])
    family = [name for name in names if name.startswith(f"{words[0]} ")]
    if family:
        choices = ", ".join(name.partition(" ")[2] for name in family)
        given = f" has no subcommand {words[1]!r}" if words[1:] else " needs a subcommand"
        raise UsageError(f"'{PROGRAM} {words[0]}'{given}", hint=f"it has {choices}")
    visible = [name for command in COMMANDS if not command.hidden for name in (command.name, *command.aliases)]
    raise UsageError(
        f"unknown command: {PROGRAM} {words[0]}", hint=nearest(words[0], visible, f"see '{PROGRAM} --help'")
    )
