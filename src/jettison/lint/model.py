"""What a check is made of: rules, findings, fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jettison.dockerfile.syntax import InstructionNode
from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING
from jettison.text.span import Span
from jettison.tuples import NamedTuple

if TYPE_CHECKING:
    from jettison.lint.inspection import Inspection


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Category(StrEnum):
    """What a rule cares for."""

    CORRECTNESS = "correctness"
    """The image is probably not what was meant."""
    STYLE = "style"
    SAFETY = "safety"
    """Secrets and attack surface."""
    DEPRECATED = "deprecated"
    """It works today and will become an error."""


class Applicability(StrEnum):
    """How sure a fix is."""

    SAFE = "safe"
    """The image stays the same."""
    UNSAFE = "unsafe"
    """It is most probably what is wanted, and may change the image."""
    DISPLAY = "display"
    """Only shown: somebody has to fill it in."""


class Edit(NamedTuple):
    """A stretch of the text, and what takes its place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Edits that belong together: all of them are made, or none."""

    title: str
    """What it does, in the imperative: ``write AS in upper case``."""
    applicability: Applicability
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A place where a rule is broken."""

    node: InstructionNode
    """The instruction that is to blame."""
    span: Span
    """The part of it that matters."""
    message: str
    silencers: tuple[str, ...] = ()
    """The comments in which ``check=skip=…`` is obeyed: those directly before the instruction."""
    fix: Fix | None = None
    line: int | None = None
    """The only line to report, where that is not the whole instruction."""


Check = Callable[["Inspection"], Iterable[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is checked. ``docs/rules/NAME.md`` explains it."""

    name: str
    description: str
    """What is right, in one sentence."""
    category: Category
    check: Check
    url: str = ""
    level: Level = Level.WARNING
    experimental: bool = False
    """Off unless ``check=experimental=NAME`` asks for it."""
    fix: Applicability | None = None
    """How sure its fixes are; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation, and the rule that it is one of."""

    rule: Rule
    violation: Violation

    @property
    def span(self) -> Span:
        """The place that matters."""
        return self.violation.span

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.violation.message

    @property
    def fix(self) -> Fix | None:
        """How to mend it, where that is known."""
        return self.violation.fix

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line of the instruction, as BuildKit reports a finding's place."""
        if self.violation.line is not None:
            return self.violation.line, self.violation.line
        return node_lines(self.violation.node)


def node_lines(node: InstructionNode) -> tuple[int, int]:
    """The first and the last line of an instruction, heredocs included."""
    last = max(node.span.first, node.span.last - 1)
    return node.span.start.line, node.span.source.position(last).line
