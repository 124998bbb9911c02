"""From requests to one graph: sources loaded, base images resolved, Dockerfiles converted, the definitions joined.

A definition is one request for one platform. A request that uses the result of another one (``target:NAME``) is
converted after it, since the other's config decides what its own instructions mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing

from jettison.dockerfile.base_images import ImageRequest, NeededImages, ResolvedBase
from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.instructions import Program
from jettison.dockerfile.named_contexts import find_named
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.dockerfile.trace import Trace
from jettison.engine.context_pool import ContextPool
from jettison.engine.git_step import Repositories
from jettison.engine.images import ImageFinder
from jettison.engine.inputs import ContextFiles
from jettison.engine.layers import Layers
from jettison.engine.load import Sources, load_sources
from jettison.engine.reading import Reading, Watch
from jettison.engine.remote_context import RemoteContexts
from jettison.engine.request import BuildRequest, Machine
from jettison.errors import JettisonError, UsageError
from jettison.frozen import dataclass
from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.model.op import ImageOp, LinkOp, Vertex
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import SpanKind
from jettison.solve.join import Part, join, prefixed
from jettison.solve.spans import Spans
from jettison.text.suggest import did_you_mean

_RESOLVERS = 8

Announce = Callable[[str], AbstractContextManager[object]]
"""Names work that is no vertex of the graph; entered around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformBuild:
    """One request for one platform."""

    request: BuildRequest
    platform: Platform
    definition: Definition
    """In the numbers of the common graph."""
    sources: Sources
    context_names: Mapping[str, str]
    """What the contexts of the common graph are called in this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildGraph:
    """Everything that several requests need done, as one graph."""

    vertices: tuple[Vertex, ...]
    builds: tuple[tuple[PlatformBuild, ...], ...]
    """Of each request, in order, one a platform."""
    contexts: Mapping[str, ContextFiles]
    """The files of the graph's ``ContextOp`` by name."""
    save_digests: Callable[[], None]
    """Keeps what was learned of the contexts' files; to be called when the build is over."""

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Message and location of what is odd, each once."""
        found = [item for builds in self.builds for build in builds for item in build.definition.warnings]
        return tuple(dict.fromkeys(found))


def load_graph(
    requests: Sequence[BuildRequest],
    machine: Machine,
    repositories: Repositories,
    announce: Announce,
    stack: ExitStack,
    watch: Watch | None = None,
) -> BuildGraph:
    """Load all requests and join their definitions; ``stack`` closes what they read from.

    ``watch`` is told what is known of each Dockerfile on the way, also where this fails.

    Raises what is wrong with a request or its Dockerfile, :class:`UsageError` for links that lead nowhere or in a
    circle.
    """
    pool = stack.enter_context(closing(ContextPool(machine.store.digests)))
    remote = RemoteContexts(repositories, announce)
    with machine.spans(SpanKind.CONTEXT, "opened"):
        sources = [stack.enter_context(load_sources(request, machine.store, pool, remote)) for request in requests]
    loader = _Loader(requests, sources, machine, repositories.layers, announce, pool, watch or Watch())
    order = _links_first(requests, sources)
    loaded = {number: loader.load(number) for number in order}
    joined = join([part for number in order for part in loaded[number]])
    definitions = iter(joined.definitions)
    builds = {
        number: tuple(
            PlatformBuild(
                request=requests[number],
                platform=part.link.platform,
                definition=next(definitions),
                sources=sources[number],
                context_names={common: own for own, common in part.contexts.items()},
            )
            for part in loaded[number]
        )
        for number in order
    }
    return BuildGraph(
        vertices=joined.vertices,
        builds=tuple(builds[number] for number in range(len(requests))),
        contexts=pool.by_name,
        save_digests=pool.save,
    )


class _Loader:
    def __init__(
        self,
        requests: Sequence[BuildRequest],
        sources: Sequence[Sources],
        machine: Machine,
        layers: Layers,
        announce: Announce,
        pool: ContextPool,
        watch: Watch,
    ) -> None:
        self._watch = watch
        self._requests = requests
        self._sources = sources
        self._machine = machine
        self._layers = layers
        self._announce = announce
        self._pool = pool
        self._linkable: dict[LinkOp, Definition] = {}

    def load(self, number: int) -> tuple[Part, ...]:
        """The parts of one request; those of the requests that it links to are loaded already."""
        request, sources = self._requests[number], self._sources[number]
        with self._machine.spans(SpanKind.READ, sources.path):
            return self._load(request, sources)

    def _load(self, request: BuildRequest, sources: Sources) -> tuple[Part, ...]:
        dockerfile = parse_dockerfile(sources.text, sources.path)
        platforms = request.platforms or (self._machine.platform,)
        readings = [
            Reading(
                dockerfile=dockerfile,
                options=self._options(request, sources, platform),
                ignore=sources.ignore,
            )
            for platform in platforms
        ]
        self._watch.readings.append(readings[0])
        program = read_instructions(dockerfile)
        finder = ImageFinder(
            self._machine.store,
            self._layers,
            self._machine.open_registry,
            sources.named_images,
            self._watch.images.append,
        )
        contexts = {name: self._pool.name(context, name) for name, context in sources.contexts.items()}
        parts = []
        for platform, reading in zip(platforms, readings, strict=True):
            link = LinkOp(build=request.name, platform=platform)
            resolver = _Resolver(
                request=request,
                sources=sources,
                finder=finder,
                linkable=self._linkable,
                announce=self._announce,
                prefix=self._prefix(request),
                unknown=reading.unknown_images if self._watch.offline else None,
                spans=self._machine.spans,
            )
            definition = _convert(program, reading, resolver)
            parts.append(
                Part(
                    definition=definition,
                    link=link,
                    contexts=contexts,
                    origin=sources.origin,
                    prefix=self._prefix(request),
                )
            )
            self._linkable[link] = definition
        return tuple(parts)

    def _prefix(self, request: BuildRequest) -> str:
        return request.name if len(self._requests) > 1 else ""

    def _options(self, request: BuildRequest, sources: Sources, platform: Platform) -> ConvertOptions:
        return ConvertOptions(
            target=request.target,
            build_args=_build_args(request),
            labels=request.labels,
            build_platform=self._machine.platform,
            target_platform=platform,
            run=request.run,
            no_cache=request.no_cache,
            no_cache_stages=request.no_cache_stages,
            contexts=sources.named,
            names_platforms=len(request.platforms) > 1,
            all_stages=self._watch.all_stages and not request.target,
        )


def _convert(program: Program, reading: Reading, resolver: _Resolver) -> Definition:
    """Resolve base images as far as the target needs them, and convert."""
    resolved: dict[ImageRequest, ResolvedBase] = {}
    while True:
        reading.trace = Trace()
        outcome = convert(program, reading.options, resolved, reading.trace)
        if isinstance(outcome, Definition):
            return outcome
        resolved |= resolver.resolve(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resolver:
    """Finds what FROM and ``--from`` name: the results of other builds, and images."""

    request: BuildRequest
    sources: Sources
    finder: ImageFinder
    linkable: Mapping[LinkOp, Definition]
    announce: Announce
    prefix: str
    unknown: set[Reference] | None
    """Where no registry is asked: takes the images of which nothing is known."""
    spans: Spans

    def resolve(self, needed: NeededImages) -> dict[ImageRequest, ResolvedBase]:
        """Look the images up, several at a time; each failure is located where the Dockerfile names the image."""
        with (
            self.spans(SpanKind.RESOLVE, " ".join(image.reference.familiar() for image in needed.images)),
            ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve") as pool,
        ):
            futures = {image: pool.submit(self._resolve_one, image) for image in needed.images}
            resolved = {}
            for image, future in futures.items():
                try:
                    resolved[image] = future.result()
                except JettisonError as error:
                    raise error.at(needed.places[image]) from None
            return resolved

    def _resolve_one(self, image: ImageRequest) -> ResolvedBase:
        build = find_named(self.sources.links, image.reference, image.platform)
        if build is not None:
            return self._linked(LinkOp(build=build, platform=image.platform))
        reference = find_named(self.sources.aliases, image.reference, image.platform) or image.reference
        if self.unknown is not None:
            return _resolved(image, *self._guess(image, reference))
        found = self.finder.find(
            reference,
            image.platform,
            pull=self.request.pull,
            announce=lambda name: self.announce(prefixed(f"[internal] {name}", self.prefix)),
        )
        return _resolved(image, found.image_id, found.config)

    def _guess(self, image: ImageRequest, reference: Reference) -> tuple[Digest, ImageConfig]:
        """What this machine knows of an image without asking; an empty config where that is nothing."""
        config = self.finder.stored_config(reference, image.platform)
        if config is None:
            assert self.unknown is not None
            self.unknown.add(image.reference)
            config = ImageConfig(platform=image.platform)
        return Digest.of(write_image_config(config)), config

    def _linked(self, link: LinkOp) -> ResolvedBase:
        definition = self.linkable.get(link)
        if definition is None:
            built = ", ".join(str(other.platform) for other in self.linkable if other.build == link.build)
            raise UsageError(
                f"{self.request.name!r} needs {link.build!r} for {link.platform}, which is not built for it",
                hint=f"{link.build!r} is built for {built}",
            )
        return ResolvedBase(op=link, config=definition.image)


def _resolved(image: ImageRequest, image_id: Digest, config: ImageConfig) -> ResolvedBase:
    op = ImageOp(reference=image.reference, platform=image.platform, image_id=image_id, diff_ids=config.diff_ids)
    return ResolvedBase(op=op, config=config)


def _build_args(request: BuildRequest) -> tuple[tuple[str, str], ...]:
    """As with buildx the SOURCE_DATE_EPOCH of the environment is an argument."""
    epoch = request.source_date_epoch
    if epoch is None or any(name == "SOURCE_DATE_EPOCH" for name, _ in request.build_args):
        return request.build_args
    return (*request.build_args, ("SOURCE_DATE_EPOCH", str(epoch)))


def _links_first(requests: Sequence[BuildRequest], sources: Sequence[Sources]) -> list[int]:
    """The positions of all requests in an order in which each comes after those that it links to."""
    numbers: dict[str, int] = {}
    for number, request in enumerate(requests):
        if request.name and numbers.setdefault(request.name, number) != number:
            raise UsageError(f"two builds are called {request.name!r}")
    order: list[int] = []
    path: list[int] = []

    def visit(number: int) -> None:
        if number in order:
            return
        if number in path:
            names = " -> ".join(requests[other].name for other in [*path[path.index(number) :], number])
            raise UsageError(f"builds need each other in a circle: {names}")
        path.append(number)
        for name in sources[number].links.values():
            if name not in numbers:
                hint = did_you_mean(name, list(numbers)) or "a build can only be linked to one that is built with it"
                raise UsageError(f"no such target to take files from: target:{name}", hint=hint)
            visit(numbers[name])
        order.append(path.pop())

    for number in range(len(requests)):
        visit(number)
    return order
