"""The questions that ``--call`` can ask, as BuildKit tells them (``frontend/subrequests/describe.go``)."""

from __future__ import annotations

from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.report.checks import columns, document_text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    name: str
    description: str
    options: tuple[tuple[str, str], ...] | None

    def document(self) -> dict[str, Any]:
        options = self.options
        return {
            "name": f"frontend.{self.name}",
            "version": _VERSION,
            "type": "rpc",
            "description": self.description,
            "opts": None if options is None else [{"name": name, "description": text} for name, text in options],
            "inputs": None,
            "metadata": [{"name": name, "description": ""} for name in ("result.json", "result.txt")],
            "refs": None,
        }


_VERSION = "1.0.0"
_QUESTIONS = (
    _Question(
        name="outline",
        description="List all parameters current build target supports",
        options=(("target", "Target build stage"),),
    ),
    _Question(name="targets", description="List all targets current build supports", options=()),
    _Question(name="subrequests.describe", description="List available subrequest types", options=None),
)


def questions_text() -> str:
    """A table of them."""
    rows = [(question.name, _VERSION, question.description) for question in _QUESTIONS]
    return columns([("NAME", "VERSION", "DESCRIPTION"), *rows], 1)


def questions_json() -> str:
    """The document of ``frontend.subrequests.describe``."""
    return document_text([question.document() for question in _QUESTIONS])
