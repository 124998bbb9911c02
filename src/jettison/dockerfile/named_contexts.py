"""Named build contexts: what stands in place of the stages and images of their names.

Source: BuildKit ``dockerui.NamedContext``, ``dockerfile2llb`` (``resolveBaseImage``).
A name is a reference: ``alpine`` also means ``docker.io/library/alpine:latest``. It replaces a stage that is called so
with all its instructions, and the image wherever FROM, ``--from`` and ``--mount=from`` would ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jettison.errors import UsageError
from jettison.model.op import ContextOp, GitOp, HttpOp
from jettison.model.reference import DEFAULT_TAG, Reference

FilesOp = ContextOp | GitOp | HttpOp
"""What yields the files of a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContext:
    """What a name stands for."""

    op: FilesOp | None = None
    """Files; None with ``is_image`` false: none at all (``docker-image://scratch``)."""
    is_image: bool = False
    """Whether it is an image or another build, which is asked for by its name as any image is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContexts:
    """All of a build, by reference with a tag or a digest."""

    by_reference: Mapping[Reference, NamedContext] = field(default_factory=dict)

    def find(self, name: str) -> NamedContext | None:
        """What stands in place of the stage or the image called ``name``; None where nothing does."""
        try:
            return self.by_reference.get(Reference.parse(name).with_default_tag())
        except UsageError:  # an error where it is asked for as an image
            return None


def parse_context_name(name: str) -> Reference:
    """The reference that the name of ``--build-context`` is. Raises :class:`UsageError`."""
    try:
        return Reference.parse(name).with_default_tag()
    except UsageError as error:
        raise UsageError(f"invalid context name {name!r}: {error.message}", hint=error.hint) from error


def shown_name(name: Reference) -> str:
    """The name as people write it."""
    return name.familiar().removesuffix(f":{DEFAULT_TAG}")
