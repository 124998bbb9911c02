"""What a Dockerfile says, instruction by instruction: typed values, variables not yet replaced.

Names and defaults are those of the Dockerfile reference. A :class:`Word` is unexpanded and knows its place; a field
that is None was not given. Values that BuildKit never expands (durations, network modes) are parsed already.
"""

from __future__ import annotations

from jettison.dockerfile.check_options import CheckOptions
from jettison.dockerfile.syntax import Heredoc, InstructionNode
from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, ClassVar
from jettison.text.diagnostics import Problem
from jettison.text.span import Span, Word

if TYPE_CHECKING:
    from jettison.dockerfile.mounts import Device, MountSpec


class Form(StrEnum):
    """How a command is written."""

    SHELL = "shell"
    EXEC = "exec"
    HEREDOC = "heredoc"
    """The whole command is one heredoc: its content is the script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """The command of RUN, CMD, ENTRYPOINT or HEALTHCHECK."""

    form: Form
    text: Word
    """The arguments as written, on one line."""
    args: tuple[Word, ...] = ()
    """Exec form: the strings of the JSON array."""
    heredocs: tuple[Heredoc, ...] = ()

    @property
    def script(self) -> str:
        """What the shell is given: the text, its heredocs put back, or the content of the one heredoc."""
        if self.form is Form.HEREDOC:
            return self.heredocs[0].text
        return self.text.text + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in self.heredocs)

    @property
    def strings(self) -> tuple[str, ...]:
        """Exec form: the arguments."""
        return tuple(word.text for word in self.args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A name and its value."""

    key: Word
    value: Word
    legacy: bool = False
    """Written ``NAME value``, without ``=``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One build argument of ARG."""

    key: Word
    default: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineFile:
    """A heredoc that is a source of COPY or ADD."""

    name: str
    content: str
    expand: bool
    """Whether variables in the content are replaced (:data:`jettison.dockerfile.expand.DOCUMENT`)."""
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What every instruction has."""

    NAME: ClassVar[str] = ""
    node: InstructionNode

    @property
    def name(self) -> str:
        """The keyword in upper case."""
        return self.NAME

    @property
    def code(self) -> str:
        """The instruction on one line, as a history shows it."""
        return self.node.code

    @property
    def span(self) -> Span:
        """Where it stands, without indentation, line end and heredocs."""
        return self.node.code_span

    @property
    def comments(self) -> tuple[str, ...]:
        """The comments directly before it."""
        return self.node.comments


@dataclass(frozen=True, slots=True, kw_only=True)
class From(Instruction):
    """``FROM [--platform=…] IMAGE [AS name]``."""

    NAME = "FROM"
    image: Word
    platform: Word | None = None
    stage_name: Word | None = None
    """In lower case; its span shows it as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg(Instruction):
    """``ARG name[=default] …``."""

    NAME = "ARG"
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Env(Instruction):
    """``ENV name=value …`` or ``ENV name value``."""

    NAME = "ENV"
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Instruction):
    """``LABEL name=value …`` or ``LABEL name value``."""

    NAME = "LABEL"
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Instruction):
    """``RUN [--mount=…] [--network=…] [--security=…] [--device=…] COMMAND``."""

    NAME = "RUN"
    command: CommandLine
    mounts: tuple[MountSpec, ...] = ()
    network: str = "default"
    """``default``, ``none`` or ``host``."""
    security: str = "sandbox"
    """``sandbox`` or ``insecure``."""
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTransfer(Instruction):
    """What COPY and ADD have in common."""

    sources: tuple[Word, ...]
    """Without the heredocs."""
    files: tuple[InlineFile, ...] = ()
    """The heredocs."""
    destination: Word
    chown: Word | None = None
    chmod: Word | None = None
    link: bool = False
    excludes: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(FileTransfer):
    """``COPY [--from=…] [--parents] … SOURCE … DESTINATION``."""

    NAME = "COPY"
    from_: Word | None = None
    parents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(FileTransfer):
    """``ADD [--checksum=…] [--keep-git-dir] [--unpack] … SOURCE … DESTINATION``."""

    NAME = "ADD"
    checksum: Word | None = None
    keep_git_dir: bool | None = None
    unpack: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdir(Instruction):
    """``WORKDIR path``."""

    NAME = "WORKDIR"
    path: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Instruction):
    """``USER name[:group]``."""

    NAME = "USER"
    user: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Expose(Instruction):
    """``EXPOSE port[/protocol] …``."""

    NAME = "EXPOSE"
    ports: tuple[Word, ...]
    """Sorted by their text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Instruction):
    """``VOLUME path …`` or ``VOLUME ["path", …]``."""

    NAME = "VOLUME"
    paths: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck(Instruction):
    """``HEALTHCHECK [--interval=…] … CMD command`` or ``HEALTHCHECK NONE``."""

    NAME = "HEALTHCHECK"
    command: CommandLine | None
    """None for ``HEALTHCHECK NONE``."""
    interval_ns: int = 0
    timeout_ns: int = 0
    start_period_ns: int = 0
    start_interval_ns: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint(Instruction):
    """``ENTRYPOINT command``."""

    NAME = "ENTRYPOINT"
    command: CommandLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmd(Instruction):
    """``CMD command``."""

    NAME = "CMD"
    command: CommandLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Instruction):
    """``SHELL ["program", "argument", …]``."""

    NAME = "SHELL"
    args: tuple[Word, ...]

    @property
    def strings(self) -> tuple[str, ...]:
        """The arguments."""
        return tuple(word.text for word in self.args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopsignal(Instruction):
    """``STOPSIGNAL signal``."""

    NAME = "STOPSIGNAL"
    signal: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer(Instruction):
    """``MAINTAINER name``, deprecated."""

    NAME = "MAINTAINER"
    author: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Onbuild(Instruction):
    """``ONBUILD instruction``: a trigger for builds on top of the image."""

    NAME = "ONBUILD"
    text: str
    """What goes into the image's config, heredocs included."""
    instruction: Instruction | None
    """The trigger; None where it is wrong, which BuildKit reports only when the trigger is run."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A FROM and what follows it."""

    number: int
    """From 0."""
    from_: From
    instructions: tuple[Instruction, ...]

    @property
    def name(self) -> str | None:
        """The name after AS in lower case, None where there is none."""
        return self.from_.stage_name.text if self.from_.stage_name else None

    @property
    def span(self) -> Span:
        """From the FROM to the end of the last instruction."""
        last = self.instructions[-1] if self.instructions else self.from_
        return Span(self.from_.span.source, self.from_.span.first, last.node.span.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A whole Dockerfile, read."""

    escape: str
    check: CheckOptions
    arguments: tuple[Arg, ...]
    """The ARGs before the first FROM."""
    stages: tuple[Stage, ...]
