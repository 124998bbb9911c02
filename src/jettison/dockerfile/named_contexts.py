"""Named build contexts: what stands in place of the stages and images of their names.

Source: BuildKit ``dockerui.NamedContext``, ``dockerfile2llb`` (``resolveBaseImage``).
A name is a reference: ``alpine`` also means ``docker.io/library/alpine:latest``. It replaces a stage that is called so
with all its instructions, and the image wherever FROM, ``--from`` and ``--mount=from`` would ask for it.
``NAME::PLATFORM`` stands there for one platform only, in place of what ``NAME`` alone says.
"""

from __future__ import annotations

from collections.abc import Mapping

from jettison.errors import UsageError
from jettison.frozen import dataclass, field
from jettison.hints import TypeVar
from jettison.model.op import ContextOp, GitOp, HttpOp
from jettison.model.platform import Platform
from jettison.model.reference import DEFAULT_TAG, Reference
from jettison.tuples import NamedTuple

FilesOp = ContextOp | GitOp | HttpOp
"""What yields the files of a context."""

_PLATFORM_MARK = "::"
_T = TypeVar("_T")


class ContextName(NamedTuple):
    """What a context is called."""

    reference: Reference
    """With a tag or a digest."""
    platform: Platform | None = None
    """None: for all platforms that have none of their own."""

    def __str__(self) -> str:
        name = self.reference.familiar().removesuffix(f":{DEFAULT_TAG}")
        return name if self.platform is None else f"{name}{_PLATFORM_MARK}{self.platform}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContext:
    """What a name stands for."""

    op: FilesOp | None = None
    """Files; None with ``is_image`` false: none at all (``docker-image://scratch``)."""
    is_image: bool = False
    """Whether it is an image or another build, which is asked for by its name as any image is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContexts:
    """All of a build."""

    by_name: Mapping[ContextName, NamedContext] = field(default_factory=dict)

    def find(self, name: str, platform: Platform) -> NamedContext | None:
        """What stands in place of the stage or the image called ``name``; None where nothing does."""
        try:
            return find_named(self.by_name, Reference.parse(name).with_default_tag(), platform)
        except UsageError:  # an error where it is asked for as an image
            return None


def find_named(contexts: Mapping[ContextName, _T], reference: Reference, platform: Platform) -> _T | None:
    """What goes by a name with a tag or a digest: for this platform, else for all."""
    own = contexts.get(ContextName(reference, platform))
    return own if own is not None else contexts.get(ContextName(reference))


def parse_context_name(text: str) -> ContextName:
    """The name of ``--build-context``. Raises :class:`UsageError`."""
    name, mark, platform = text.partition(_PLATFORM_MARK)
    try:
        reference = Reference.parse(name).with_default_tag()
        return ContextName(reference, Platform.parse(platform) if mark else None)
    except UsageError as error:
        raise UsageError(f"invalid context name {text!r}: {error.message}", hint=error.hint) from error
