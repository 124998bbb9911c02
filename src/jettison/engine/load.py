"""Loading what a build starts from: the Dockerfile, the build context with its ``.dockerignore``, named contexts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from jettison.dockerfile.git_ref import shown_source, split_credentials
from jettison.dockerfile.named_contexts import ContextName, NamedContext, NamedContexts, parse_context_name
from jettison.engine.assemble import source_date_epoch
from jettison.engine.context_pool import ContextPool
from jettison.engine.dockerfile_text import MAX_BYTES, decode, find_dockerfile, read_inside, read_text
from jettison.engine.images import OpenNamed
from jettison.engine.inputs import ContextFiles, files_of
from jettison.engine.remote_context import FetchedContext, RemoteContexts, named_files, parse_remote
from jettison.engine.request import BuildRequest
from jettison.errors import NotFoundError, UsageError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.model.image_source import NamedImage
from jettison.model.op import ContextOp, GitOp
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.sources.local import LocalContext
from jettison.store.store import Store
from jettison.text.secrets import without_credentials

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns

MAIN_CONTEXT = "context"

_MAX_IGNORE_BYTES = 4 << 20
_SCRATCH = "scratch"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a build reads from its user."""

    text: str
    """The Dockerfile."""
    path: str
    """Its name in messages."""
    origin: str
    """The place of the main context: what makes a step the same in a later build."""
    pin: str
    """The commit or digest of a main context that was fetched; else empty."""
    contexts: dict[str, ContextFiles]
    """The files of each ``ContextOp``."""
    named: NamedContexts
    named_images: dict[ContextName, OpenNamed]
    """Named contexts that are images in layouts and archives, by the image that their name would be."""
    aliases: dict[ContextName, Reference]
    """Named contexts that stand for another image (``docker-image://``)."""
    links: dict[ContextName, str]
    """Named contexts that are the results of other builds (``target:``), by the image that their name would be."""
    ignore: IgnorePatterns | None
    """What the main context leaves out."""


@contextmanager
def load_sources(request: BuildRequest, store: Store, pool: ContextPool, remote: RemoteContexts) -> Iterator[Sources]:
    """Load them for the length of the body; what was unpacked for them is removed at its end."""
    with ExitStack() as stack:
        yield _Loader(request, store, pool, remote, stack).load()


class _Loader:
    def __init__(
        self, request: BuildRequest, store: Store, pool: ContextPool, remote: RemoteContexts, stack: ExitStack
    ) -> None:
        self._request = request
        self._store = store
        self._pool = pool
        self._remote = remote
        self._stack = stack
        self._named: dict[ContextName, NamedContext] = {}
        self._contexts: dict[str, ContextFiles] = {}
        self._named_images: dict[ContextName, OpenNamed] = {}
        self._aliases: dict[ContextName, Reference] = {}
        self._links: dict[ContextName, str] = {}
        self._ignore: IgnorePatterns | None = None
        self._pin = ""

    def load(self) -> Sources:
        request = self._request
        if request.context is not None:
            text, path = self._load_folder(request.context)
            origin = str(request.context.resolve())
        else:
            text, path, origin = self._load_fetched()
        for name, spec in request.build_contexts:
            self._take_named(parse_context_name(name), spec)
        if request.dockerfile_text is not None:
            text = request.dockerfile_text
        return Sources(
            text=text,
            path=path,
            origin=origin,
            pin=self._pin,
            contexts=self._contexts,
            named=NamedContexts(by_name=self._named),
            named_images=self._named_images,
            aliases=self._aliases,
            links=self._links,
            ignore=self._ignore,
        )

    def _load_folder(self, root: Path) -> tuple[str, str]:
        """The context is a folder; the text and the name of the Dockerfile."""
        text = self._text_from_elsewhere()
        path = None if text is not None else find_dockerfile(root, self._request.dockerfile)
        self._ignore = _read_ignore(root, path)
        self._contexts[MAIN_CONTEXT] = self._pool.open(root, self._ignore, remembered=True)
        if text is not None:
            return text
        assert path is not None
        return read_text(path), str(path)

    def _load_fetched(self) -> tuple[str, str, str]:
        """The context is fetched or on standard input; the Dockerfile's text and name, the context's place."""
        request = self._request
        if request.context_url:
            fetched, origin = self._fetch()
            self._pin = fetched.pin
        else:
            fetched, origin = self._remote.read(_stdin(request), MAX_BYTES), "-"
        files = self._empty_folder() if fetched.files is None else fetched.files
        self._contexts[MAIN_CONTEXT] = files
        if found := self._text_from_elsewhere():
            return *found, origin
        asked = request.dockerfile
        if fetched.dockerfile is not None:
            if asked is not None and not request.context_url:
                raise UsageError(
                    "ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles",
                    hint="leave -f out, or give a folder for the context and -f -",
                )
            return decode(fetched.dockerfile, origin), origin, origin
        if asked is not None and asked.is_absolute() and request.context_url:
            return read_text(asked), str(asked), origin
        assert not isinstance(files, LocalContext)
        inside = files_of(files, self._store, self._remote.layers)
        return *read_inside(inside, "" if asked is None else str(asked), origin), origin

    def _fetch(self) -> tuple[FetchedContext, str]:
        request = self._request
        op = parse_remote(request.context_url)
        if op is None:
            shown = without_credentials(request.context_url)
            raise UsageError(f"the build context {shown!r} is neither a repository nor a web address")
        if isinstance(op, GitOp):
            keep = dict(request.build_args).get("BUILDKIT_CONTEXT_KEEP_GIT_DIR") in _TRUE
            has_epoch = source_date_epoch(request) is not None
            op = replace(op, keep_git_dir=op.keep_git_dir or keep, commit_times=op.commit_times or has_epoch)
        return self._remote.fetch(op, MAX_BYTES), shown_source(op)

    def _text_from_elsewhere(self) -> tuple[str, str] | None:
        """A Dockerfile that is in no context: from standard input, or fetched."""
        request = self._request
        if request.dockerfile_on_stdin:
            return decode(_stdin(request).read(MAX_BYTES + 1), "-"), "-"
        if request.dockerfile_url:
            shown, _ = split_credentials(request.dockerfile_url)
            return decode(self._remote.fetch_text(request.dockerfile_url, MAX_BYTES), shown), shown
        return None

    def _take_named(self, name: ContextName, spec: str) -> None:
        shown = str(name)
        if spec.startswith("oci-layout://"):
            self._named_images[name] = self._open_layout(spec.removeprefix("oci-layout://"))
            self._named[name] = NamedContext(is_image=True)
        elif spec.startswith("docker-image://"):
            image = spec.removeprefix("docker-image://")
            self._named[name] = NamedContext(is_image=image != _SCRATCH)
            if image != _SCRATCH:
                self._aliases[name] = Reference.parse(image).with_default_tag()
        elif spec.startswith("target:"):
            self._links[name] = spec.removeprefix("target:")
            self._named[name] = NamedContext(is_image=True)
        elif (op := named_files(shown, spec)) is not None:
            self._named[name] = NamedContext(op=op)
        else:
            key = shown if shown != MAIN_CONTEXT else f"_{shown}"
            self._contexts[key] = self._pool.open(Path(spec), _read_ignore(Path(spec), None), remembered=True)
            self._named[name] = NamedContext(op=ContextOp(name=key))

    def _empty_folder(self) -> LocalContext:
        folder = self._stack.enter_context(self._store.temporary_directory())
        return self._pool.open(folder, None, remembered=False)

    def _open_layout(self, spec: str) -> OpenNamed:
        from jettison.layout.detect import find_image, open_layout, split_place

        place = split_place(spec)
        if place is None:
            raise NotFoundError(f"no such OCI layout: {spec}", hint="write oci-layout://FOLDER:TAG")
        folder, name = place
        spool = self._stack.enter_context(self._store.temporary_directory())
        files = self._stack.enter_context(open_layout(folder, spool_dir=spool))

        def open_image(platform: Platform) -> NamedImage:
            return find_image(files, name, platform)

        return open_image


def ignore_places(root: Path, dockerfile: Path | None) -> tuple[Path, ...]:
    """``NAME.dockerignore`` beside the Dockerfile, else ``.dockerignore`` in the context."""
    inside = root / ".dockerignore"
    return (inside,) if dockerfile is None else (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), inside)


def _read_ignore(root: Path, dockerfile: Path | None) -> IgnorePatterns | None:
    for place in ignore_places(root, dockerfile):
        if place.is_file():
            from jettison.dockerfile.ignore import parse_ignore

            return parse_ignore(read_text(place, _MAX_IGNORE_BYTES))
    return None


def _stdin(request: BuildRequest) -> BinaryIO:
    if request.stdin is None:
        raise UsageError("nothing on standard input to build from")
    return request.stdin
