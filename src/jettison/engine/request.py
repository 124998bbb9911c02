"""What a build is asked to do, as values: the CLI and the Python API make these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jettison.attest.options import AttestOptions
from jettison.engine.credentials import SecretSource
from jettison.engine.outputs import Output
from jettison.enums import StrEnum
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.run_settings import RunSettings
from jettison.solve.events import Event
from jettison.solve.spans import Spans, untimed
from jettison.sources.access import RemoteAccess
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.engine.trail import Trail
    from jettison.registry.client import RegistryClient
    from jettison.sandbox.interface import Sandbox
    from jettison.sources.ssh_agent import AgentSource


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """One build. Relative paths are relative to the current folder."""

    name: str = ""
    """What other requests call it: ``target:NAME`` in their ``build_contexts``. With several builds it stands before
    the names of its steps."""

    context: Path | None
    """The folder of the build context; None: ``context_url`` says where it is, or, without one, ``stdin`` holds a tar
    of it, or a Dockerfile for an empty context."""
    context_url: str = ""
    """A git reference, or the ``http(s)`` URL of an archive or of a Dockerfile for a context of that one file."""
    dockerfile: Path | None = None
    """None: ``Dockerfile`` in the context. A relative path may also be inside the context; in one that was fetched, it
    is always meant to be."""
    dockerfile_url: str = ""
    """An ``http(s)`` URL of the Dockerfile, in place of ``dockerfile``."""
    dockerfile_on_stdin: bool = False
    """``-f -``: the Dockerfile comes on ``stdin``."""
    dockerfile_text: str | None = None
    """What counts in place of the Dockerfile's content; the file is then only its name in messages."""
    stdin: BinaryIO | None = field(default=None, repr=False)
    target: str = ""
    build_args: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    tags: tuple[Reference, ...] = ()
    outputs: tuple[Output, ...] = ()
    """Empty: into the store, as with ``-t``."""
    build_contexts: tuple[tuple[str, str], ...] = ()
    """name -> folder, git reference, ``http(s)`` URL, ``oci-layout://folder[:tag|@digest]``,
    ``docker-image://reference`` or, for the result of another request of the same
    :func:`~jettison.engine.build.build_all`, ``target:name``."""
    platforms: tuple[Platform, ...] = ()
    """Empty: that of the machine. Several give one image with a manifest for each."""
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    """The names of stages whose steps are done again."""
    pull: bool = False
    squash: bool = False
    """Whether the layers of the build become one over those of the base image."""
    run: RunSettings = field(default_factory=RunSettings)
    secrets: tuple[SecretSource, ...] = ()
    agents: tuple[AgentSource, ...] = ()
    """What ``RUN --mount=type=ssh`` may use."""
    source_date_epoch: int | None = None
    attest: AttestOptions = field(default_factory=AttestOptions)
    """What is said about the image, beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What came of a build."""

    image_id: Digest
    """Digest of the image config: of several platforms that of this machine, else the first."""
    images: tuple[tuple[Platform, Digest], ...] = ()
    """The digests of all image configs."""
    manifest: Descriptor | None
    """Manifest or, for several platforms, index of the first output that has one."""
    names: tuple[Reference, ...]
    """All that the image was given."""
    build_seconds: float
    steps: int
    cached_steps: int
    trail: Trail | None = None
    """What a simple build stood on."""


class RootMode(StrEnum):
    """How root file systems are made of layers."""

    AUTO = "auto"
    """Mounted where a trial succeeds."""
    MOUNT = "mount"
    """Mounted; it is an error where that cannot be."""
    UNPACK = "unpack"
    """From unpacked directories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a build has to work with. The caller opens and closes it all."""

    store: Store
    open_registry: Callable[[], RegistryClient]
    """The same client with every call; few builds need it. From any thread."""
    open_sandbox: Callable[[], Sandbox]
    """Called at most once, when it is known that a command is to run; from any thread."""
    root_mode: RootMode = RootMode.AUTO
    emit: Callable[[Event], None]
    platform: Platform
    """Of this machine."""
    clock: Callable[[], float]
    access: RemoteAccess = field(default_factory=RemoteAccess)
    """How files are fetched from web servers and repositories."""
    spans: Spans = untimed
    """Measures what the build consists of, where somebody asked for it."""
