"""Where a file of an image comes from, as a value: the places that it was in, and who touched it there."""

from __future__ import annotations

from jettison.engine.lineage import KnownBuild
from jettison.frozen import dataclass, field
from jettison.layer.touches import Touch, TouchKind
from jettison.model.build_record import RecordedStep
from jettison.model.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """Files that a command had mounted from elsewhere."""

    place: str
    """As in :class:`FileOrigin`."""
    path: str
    """What of it; empty: everything."""
    target: str
    """Where the command saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTouch:
    """One layer that touched the file, and the instruction that made it."""

    touch: Touch
    instruction: str
    location: str = ""
    """``path:line:column`` where it is known."""
    step: RecordedStep | None = field(default=None, repr=False)
    build: KnownBuild | None = field(default=None, repr=False)
    """That the step is one of."""
    image: str = ""
    """The image below that the layer is from; empty for one of the image itself."""
    mounted: tuple[Mounted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An instruction that may have brought the file, by what it says."""

    instruction: str
    location: str
    stage: str
    build: KnownBuild = field(repr=False)
    """That the instruction is one of."""
    mounted: tuple[Mounted, ...] = ()

    @property
    def image(self) -> str:
        """The image below whose instruction it is; empty for one of the image itself."""
        return self.build.image


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """A file in one place: the image, or a stage that it came from."""

    place: str
    """What it is in, ready to print: ``the image``, ``stage builder``, ``image debian:12``, ``the build context``."""
    path: str
    """An image path; in a build context relative to it."""
    links: tuple[Entry, ...] = ()
    """The symbolic links that lead to it from the path that was asked for."""
    is_relative: bool = False
    """Whether the path is one in a folder or an archive, and does not begin at a root."""
    is_by_content: bool = False
    """Whether nothing tells that it was taken from here but that the content is the same."""
    names: tuple[str, ...] = ()
    """The other names of the file: hard links."""
    link: str = ""
    """Where it leads to, where it is a symbolic link itself."""
    touches: tuple[TracedTouch, ...] = ()
    """Lowest first; none where the place has no layers, or nobody knows them."""
    brought: TracedTouch | None = None
    """The one that brought its content."""
    candidates: tuple[Candidate, ...] = ()
    """In place of touches, where the layers are not known: last first."""
    taken_from: FileOrigin | None = None
    """Where that instruction, or the last candidate, took it from."""
    remark: str = ""
    """What is not known, and why."""
    build: KnownBuild | None = field(default=None, repr=False)
    """Of the image, where that is the place: it says what the image stands on."""

    @property
    def is_gone(self) -> bool:
        """Whether the file is not there in the end."""
        return bool(self.touches) and self.touches[-1].touch.kind is TouchKind.REMOVED

    @property
    def claims(self) -> tuple[str, ...]:
        """The images of which only an attestation tells that is not verified; the image itself is the empty name."""
        told = [self.build, *(touch.build for touch in self.touches)] + [
            candidate.build for candidate in self.candidates
        ]
        own = [build.image for build in told if build is not None and build.is_claim]
        further = () if self.taken_from is None else self.taken_from.claims
        return tuple(dict.fromkeys((*own, *further)))
