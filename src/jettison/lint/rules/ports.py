"""The ports of EXPOSE."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.instructions import Expose
from jettison.dockerfile.trace import CarriedOut
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.text.span import Word
from jettison.tuples import NamedTuple

_PROTOCOLS = ("", "tcp", "udp", "sctp")


class _Port(NamedTuple):
    """One value of EXPOSE: ``host:container/protocol``."""

    step: CarriedOut
    word: Word
    text: str
    host: str
    """Address and port of the host; empty where there are none."""
    container: str
    protocol: str


def _ports(inspection: Inspection) -> Iterator[_Port]:
    """The ports of all EXPOSEs; of each up to the first one that is wrong."""
    for step in inspection.trace.steps:
        if not isinstance(step.instruction, Expose):
            continue
        values = step.values
        for word in step.instruction.ports:
            for text in values.get(word, ()):
                host, _, container = text.rpartition(":")
                port, _, protocol = container.partition("/")
                if not port or protocol.lower() not in _PROTOCOLS:
                    break
                yield _Port(step, word, text, host, port, protocol)


def _violation(port: _Port, message: str, title: str, replacement: str) -> Violation:
    step = port.step
    fix = None
    if step.trigger_of is None and port.text == port.word.text == port.word.span.text:
        edits = (Edit(port.word.span, replacement),)
        fix = Fix(title=title, applicability=Applicability.SAFE, edits=edits)
    return Violation(
        node=place_of(step),
        span=port.word.span if step.trigger_of is None else step.trigger_of.span,
        message=message,
        silencers=silencers_of(step),
        fix=fix,
    )


def _protocols(inspection: Inspection) -> Iterator[Violation]:
    for port in _ports(inspection):
        lower = port.protocol.lower()
        if port.protocol != lower:
            message = f"Defined protocol '{port.text}' in EXPOSE instruction should be lowercase"
            replacement = port.text.removesuffix(port.protocol) + lower
            yield _violation(port, message, "write the protocol in lower case", replacement)


def _mappings(inspection: Inspection) -> Iterator[Violation]:
    for port in _ports(inspection):
        if port.host.strip(":"):
            message = f"EXPOSE instruction should not define an IP address or host-port mapping, found '{port.text}'"
            replacement = f"{port.container}/{port.protocol}" if port.protocol else port.container
            yield _violation(port, message, "name the container's port alone", replacement)


EXPOSE_PROTO_CASING = Rule(
    name="ExposeProtoCasing",
    description="Protocol in EXPOSE instruction should be lowercase",
    url="https://docs.docker.com/go/dockerfile/rule/expose-proto-casing/",
    category=Category.STYLE,
    fix=Applicability.SAFE,
    check=_protocols,
)
EXPOSE_INVALID_FORMAT = Rule(
    name="ExposeInvalidFormat",
    description=(
        "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a"
        " future release"
    ),
    url="https://docs.docker.com/go/dockerfile/rule/expose-invalid-format/",
    category=Category.DEPRECATED,
    fix=Applicability.SAFE,
    check=_mappings,
)
