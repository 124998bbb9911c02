"""Loading what a build starts from: the Dockerfile, the build context with its ``.dockerignore``, named contexts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from jettison.dockerfile.ignore import IgnorePatterns, parse_ignore
from jettison.engine.archives import is_archive
from jettison.engine.context_pool import ContextPool
from jettison.engine.images import OpenNamed
from jettison.engine.request import BuildRequest
from jettison.errors import NotFoundError, StorageError, UsageError
from jettison.layer.decompress import Decompressed
from jettison.layout.detect import find_image, open_layout
from jettison.model.image_source import NamedImage
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.rootfs.unpack import unpack_layer
from jettison.sources.local import LocalContext
from jettison.store.store import Store

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAIN_CONTEXT = "context"

_MAX_DOCKERFILE_BYTES = 16 << 20
_MAX_IGNORE_BYTES = 4 << 20
_NOT_YET = ("http://", "https://", "git://", "git@", "ssh://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a build reads from its user."""

    text: str
    """The Dockerfile."""
    path: str
    """Its name in messages."""
    contexts: dict[str, LocalContext]
    named_images: dict[Reference, OpenNamed]
    """Named contexts that are images in layouts and archives, by the image that their name would be."""
    aliases: dict[Reference, Reference]
    """Named contexts that stand for another image (``docker-image://``)."""
    links: dict[Reference, str]
    """Named contexts that are the results of other builds (``target:``), by the image that their name would be."""
    ignore: IgnorePatterns | None
    """What the main context leaves out."""


@contextmanager
def load_sources(request: BuildRequest, store: Store, pool: ContextPool) -> Iterator[Sources]:
    """Load them for the length of the body; what was unpacked for them is removed at its end."""
    with ExitStack() as stack:
        loader = _Loader(request, store, pool, stack)
        yield loader.load()


class _Loader:
    def __init__(self, request: BuildRequest, store: Store, pool: ContextPool, stack: ExitStack) -> None:
        self._request = request
        self._store = store
        self._pool = pool
        self._stack = stack

    def load(self) -> Sources:
        request = self._request
        text: str | None = None
        root = request.context
        if root is None:
            root, text = self._from_stdin()
        elif request.dockerfile_on_stdin:
            text = _decode(_stdin(request).read(_MAX_DOCKERFILE_BYTES + 1), "-")
        path = None
        if text is None:
            path = self._find_dockerfile(root)
            text = _read_text(path, _MAX_DOCKERFILE_BYTES)
        if request.dockerfile_text is not None:
            text = request.dockerfile_text
        ignore = _read_ignore(root, path)
        contexts = {MAIN_CONTEXT: self._pool.open(root, ignore, remembered=request.context is not None)}
        named_images: dict[Reference, OpenNamed] = {}
        aliases: dict[Reference, Reference] = {}
        links: dict[Reference, str] = {}
        for name, spec in request.build_contexts:
            if spec.startswith("oci-layout://"):
                named_images[_normal(name)] = self._open_layout(spec.removeprefix("oci-layout://"))
            elif spec.startswith("docker-image://"):
                aliases[_normal(name)] = Reference.parse(spec.removeprefix("docker-image://")).with_default_tag()
            elif spec.startswith("target:"):
                links[_normal(name)] = spec.removeprefix("target:")
            elif spec.startswith(_NOT_YET):
                raise UsageError(
                    f"--build-context {name}={spec}: contexts from there are not supported yet",
                    hint="use a folder, oci-layout://FOLDER or docker-image://REFERENCE",
                )
            else:
                contexts[name] = self._pool.open(Path(spec), _read_ignore(Path(spec), None), remembered=True)
        return Sources(
            text=text,
            path="-" if path is None else str(path),
            contexts=contexts,
            named_images=named_images,
            aliases=aliases,
            links=links,
            ignore=ignore,
        )

    def _from_stdin(self) -> tuple[Path, str | None]:
        """What ``-`` for a PATH means: a tar of the context, else a Dockerfile and an empty context."""
        stdin = io.BufferedReader(_Raw(_stdin(self._request)), 1 << 20)
        folder = self._stack.enter_context(self._store.temporary_directory())
        if is_archive(io.BytesIO(stdin.peek(1 << 20))):
            unpack_layer(Decompressed(stdin), folder, style=None)
            return folder, None
        return folder, _decode(stdin.read(_MAX_DOCKERFILE_BYTES + 1), "-")

    def _find_dockerfile(self, root: Path) -> Path:
        asked = self._request.dockerfile
        if asked is not None:
            inside = root / asked
            for path in (asked, inside):
                if path.exists() and not path.is_dir():  # a pipe is as good as a file
                    return path
            if folder := next((path for path in (asked, inside) if path.is_dir()), None):
                raise NotFoundError(
                    f"{str(folder)!r} is a folder, not a Dockerfile", hint=f"try -f {folder}/Dockerfile"
                )
            places = " and ".join(dict.fromkeys(repr(str(path)) for path in (asked, inside)))
            raise NotFoundError(f"no such Dockerfile: {asked}", hint=f"looked for {places}")
        for name in ("Dockerfile", "dockerfile"):
            if (root / name).is_file():
                return root / name
            if (root / name).is_dir():
                raise NotFoundError(f"{str(root / name)!r} is a folder, not a Dockerfile", hint="name it with -f FILE")
        if not root.is_dir():
            LocalContext(root)
        raise NotFoundError(
            f"no Dockerfile in {str(root)!r}", hint="name it with -f FILE, or give another folder as the last argument"
        )

    def _open_layout(self, spec: str) -> OpenNamed:
        folder, name = _split_layout(spec)
        spool = self._stack.enter_context(self._store.temporary_directory())
        files = self._stack.enter_context(open_layout(folder, spool_dir=spool))

        def open_image(platform: Platform) -> NamedImage:
            return find_image(files, name, platform)

        return open_image


def _normal(name: str) -> Reference:
    """What FROM makes of the name: ``alpine`` is meant by ``alpine:latest`` too."""
    return Reference.parse(name).with_default_tag()


def _split_layout(spec: str) -> tuple[Path, str | None]:
    """``folder[:tag][@digest]``: a colon in the folder's own name wins where such a folder exists."""
    if Path(spec).exists():
        return Path(spec), None
    folder, at, digest = spec.partition("@")
    if at:
        return Path(folder), digest
    folder, _, tag = spec.rpartition(":")
    if not folder or not Path(folder).exists():
        raise NotFoundError(f"no such OCI layout: {spec}", hint="write oci-layout://FOLDER:TAG")
    return Path(folder), tag


def _read_ignore(root: Path, dockerfile: Path | None) -> IgnorePatterns | None:
    """``NAME.dockerignore`` beside the Dockerfile, else ``.dockerignore`` in the context."""
    places = [root / ".dockerignore"]
    if dockerfile is not None:
        places.insert(0, dockerfile.with_name(f"{dockerfile.name}.dockerignore"))
    for place in places:
        if place.is_file():
            return parse_ignore(_read_text(place, _MAX_IGNORE_BYTES))
    return None


def _read_text(path: Path, limit_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise StorageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    if len(data) > limit_bytes:
        raise UsageError(f"{str(path)!r} has more than {limit_bytes >> 20} MiB", hint="is this the right file?")
    return _decode(data, str(path))


def _decode(data: bytes, what: str) -> str:
    if len(data) > _MAX_DOCKERFILE_BYTES:
        raise UsageError(f"{what}: more than {_MAX_DOCKERFILE_BYTES >> 20} MiB, too long for a Dockerfile")
    if b"\0" in data:
        raise UsageError(f"{what}: this is not a text file", hint="is this the right file?")
    return data.decode("utf-8", "surrogateescape")


def _stdin(request: BuildRequest) -> BinaryIO:
    if request.stdin is None:
        raise UsageError("nothing on standard input to build from")
    return request.stdin


class _Raw(io.RawIOBase):
    """Standard input as a raw stream, so that it can be looked into before it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)
