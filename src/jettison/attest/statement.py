"""In-toto statements: a predicate, and the things that it is about (in-toto attestation v1)."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.model.document import write_document
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.packages.purl import image_purl

_TYPE = "https://in-toto.io/Statement/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing that a statement is about: an image, or a file."""

    name: str
    digest: Digest


def image_subjects(names: Sequence[Reference], platform: Platform, manifest: Digest) -> tuple[Subject, ...]:
    """An image under each of its names; without a name there is no subject, as with BuildKit."""
    return tuple(Subject(name=image_purl(name, platform), digest=manifest) for name in names)


def write_statement(predicate_type: str, subjects: Sequence[Subject], predicate: dict[str, Any]) -> bytes:
    """The bytes of a statement."""
    return write_document(
        {
            "_type": _TYPE,
            "predicateType": predicate_type,
            "subject": [
                {"name": subject.name, "digest": {subject.digest.algorithm: subject.digest.hex}} for subject in subjects
            ],
            "predicate": predicate,
        }
    )
