"""What is said about the images of a build: the facts for provenance, the scan for the bill of materials.

Every image is scanned once, whatever number of outputs it goes to. A statement is made for each output anew, since it
names the manifest that it is about.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import jettison
from jettison.attest.options import AttestOptions
from jettison.attest.provenance import BuildFacts, ConfigSource, digest_set, layers_of_steps, provenance
from jettison.attest.spdx import FILENAME, PREDICATE_TYPE, ListedFile, Scanned, spdx_document
from jettison.attest.statement import Subject, image_subjects, write_statement
from jettison.dockerfile.git_ref import split_credentials
from jettison.engine.assemble import timestamp
from jettison.engine.definitions import PlatformBuild
from jettison.engine.dockerfile_text import DEFAULT_NAME
from jettison.engine.inputs import FileResult
from jettison.engine.layers import LayerFiles, Layers
from jettison.engine.request import BuildRequest, Machine
from jettison.engine.stored_image import StoredImage
from jettison.engine.workshop import Solved
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.layer.hard_links import walk_order
from jettison.model.attestation import Statement
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest, chain_id
from jettison.model.entry import Entry, EntryType
from jettison.model.oci import Descriptor
from jettison.model.op import GitOp, HttpOp, ImageOp
from jettison.model.reference import Reference
from jettison.packages.package import Catalog
from jettison.packages.purl import image_purl
from jettison.packages.scan import scan
from jettison.solve.events import Notice
from jettison.store.store import Store

_ALPHABET = string.digits + string.ascii_lowercase
_ID_LENGTH = 25
_CHUNK_BYTES = 1 << 20
_NAMELESS = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """What one image holds."""

    catalog: Catalog
    files: tuple[ListedFile, ...]


class Attester:
    """Makes the statements about the images of one build."""

    def __init__(
        self,
        request: BuildRequest,
        machine: Machine,
        layers: Layers,
        solved: Mapping[int, Solved],
        commits: Mapping[GitOp, str],
        started: float,
        epoch: int | None,
        announce: Callable[[str], AbstractContextManager[object]],
    ) -> None:
        self._request = request
        self._machine = machine
        self._layers = layers
        self._solved = solved
        self._commits = commits
        self._epoch = epoch
        self._announce = announce
        self._started = started
        self._random_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
        self._scans: dict[tuple[Digest, ...], _Scan] = {}

    def of(self, build: PlatformBuild) -> PlatformAttestations:
        """What is said about one of the platforms."""
        return PlatformAttestations(attester=self, build=build, options=self._request.attest)

    def sbom(
        self,
        build: PlatformBuild,
        config: ImageConfig,
        identity: Digest,
        names: Sequence[Reference],
        blobs: Sequence[Digest],
    ) -> dict[str, Any]:
        """The bill of materials of an image; ``blobs`` are its layers as they leave, where they do."""
        found = self._scan(config.diff_ids)
        numbers = self._layers.merged(config.diff_ids).layer_numbers
        files = [
            ListedFile(
                path=file.path, sha1=file.sha1, digest=file.digest, layer=blobs[numbers[file.path]] if blobs else ""
            )
            for file in found.files
        ]
        scanned = Scanned(
            name=names[0].familiar() if names else _NAMELESS,
            identity=identity,
            purl=image_purl(names[0], build.platform) if names else "",
            created=timestamp(float(int(self._time()))),
            tool=f"jettison-{jettison.__version__}",
            catalog=found.catalog,
            files=files,
        )
        return spdx_document(scanned)

    def _scan(self, diff_ids: tuple[Digest, ...]) -> _Scan:
        known = self._scans.get(diff_ids)
        if known is None:
            files = LayerFiles(self._layers, diff_ids)
            with self._announce("scanning for packages"):
                known = _Scan(catalog=scan(files.tree, files.read_at), files=_listed(files))
            self._scans[diff_ids] = known
            for gap in known.catalog.unread:
                self._machine.emit(Notice(message=f"the SBOM is incomplete: {gap}", time=self._machine.clock()))
        return known

    def facts(self, build: PlatformBuild, layers: Sequence[Descriptor]) -> BuildFacts:
        """What provenance tells; ``layers`` are those of the image as they leave, where they do."""
        request, sources = self._request, build.sources
        args = request_args(request)
        dockerfile = sources.text.encode("utf-8", "surrogateescape")
        source = _config_source(request, sources.origin, sources.pin)
        return BuildFacts(
            definition=build.definition,
            pins=self._pins(build),
            args=args,
            config_source=source,
            contexts=build.context_names,
            dockerfile=dockerfile,
            dockerfile_name=source.path,
            layers={} if request.squash else layers_of_steps(build.definition, layers),
            builder_platform=self._machine.platform,
            builder_version=jettison.__version__,
            invocation_id=self._random_id if self._epoch is None else _derived_id(dockerfile, args),
            started=timestamp(self._started if self._epoch is None else float(self._epoch)),
            finished=timestamp(self._time()),
        )

    def _pins(self, build: PlatformBuild) -> dict[int, str]:
        """What the names of sources meant in this build."""
        pins = {}
        for number, vertex in enumerate(build.definition.vertices):
            op = vertex.op
            if isinstance(op, ImageOp):
                pins[number] = _image_digest(op, self._machine.store)
            elif isinstance(op, GitOp):
                pins[number] = self._commits.get(op, "")
            elif isinstance(op, HttpOp):
                result = self._solved[number].result if number in self._solved else None
                fetched = result.entry.digest if isinstance(result, FileResult) else op.checksum
                pins[number] = fetched or ""
        return pins

    def file_subjects(self, config: ImageConfig) -> list[Subject]:
        """Every regular file of an image as the subject of a statement."""
        files = LayerFiles(self._layers, config.diff_ids)
        return [Subject(name=entry.path, digest=digest) for entry, digest in _regular_files(files)]

    def _time(self) -> float:
        return self._machine.clock() if self._epoch is None else float(self._epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAttestations:
    """The statements about the image of one platform."""

    attester: Attester
    build: PlatformBuild
    options: AttestOptions

    def of_image(
        self, image: StoredImage, config: ImageConfig, names: Sequence[Reference], *, is_pushed: bool
    ) -> tuple[Statement, ...]:
        """See :meth:`jettison.engine.export.Attestations.of_image`."""
        options = self.options.for_push() if is_pushed else self.options
        manifest, layers = image.descriptor.digest, image.manifest.layers
        subjects = image_subjects(names, self.build.platform, manifest)
        statements = []
        if options.sbom:
            document = self.attester.sbom(self.build, config, manifest, names, [layer.digest for layer in layers])
            statements.append(_statement(PREDICATE_TYPE, subjects, document))
        if options.provenance is not None:
            predicate = provenance(self.attester.facts(self.build, layers), options.provenance)
            statements.append(_statement(options.provenance.version.predicate_type, subjects, predicate))
        return tuple(statements)

    def of_files(self, config: ImageConfig) -> tuple[tuple[str, Statement], ...]:
        """See :meth:`jettison.engine.export.Attestations.of_files`."""
        wanted = self.options.provenance
        if wanted is not None and wanted.inline_only:
            wanted = None
        if not self.options.sbom and wanted is None:
            return ()
        subjects = self.attester.file_subjects(config)
        statements = []
        if self.options.sbom:
            document = self.attester.sbom(self.build, config, chain_id(config.diff_ids), (), [])
            statements.append((FILENAME, _statement(PREDICATE_TYPE, subjects, document)))
        if wanted is not None:
            predicate = provenance(self.attester.facts(self.build, ()), wanted)
            statements.append((wanted.filename, _statement(wanted.version.predicate_type, subjects, predicate)))
        return tuple(statements)


def request_args(request: BuildRequest) -> dict[str, str]:
    """What a request asks for in BuildKit's words, without what only this machine is concerned with."""
    args = {f"build-arg:{name}": value for name, value in request.build_args}
    if request.source_date_epoch is not None:
        args.setdefault("build-arg:SOURCE_DATE_EPOCH", str(request.source_date_epoch))
    args |= {f"label:{name}": value for name, value in request.labels}
    args |= {f"context:{name}": _context(name, spec) for name, spec in request.build_contexts}
    run = request.run
    if request.target:
        args["target"] = request.target
    if request.no_cache or request.no_cache_stages:
        args["no-cache"] = ",".join(request.no_cache_stages)
    if run.network != "default":
        args["force-network-mode"] = run.network
    if run.extra_hosts:
        args["add-hosts"] = ",".join(f"{host}={address}" for host, address in run.extra_hosts)
    if run.shm_size_bytes:
        args["shm-size"] = str(run.shm_size_bytes)
    if run.limits:
        args["ulimit"] = ",".join(f"{limit.name}={limit.soft}:{limit.hard}" for limit in run.limits)
    return args


def _context(name: str, spec: str) -> str:
    """The place of a named context; that of a folder is nobody's business."""
    return spec if ":" in spec else f"local:{name}"


def _config_source(request: BuildRequest, origin: str, pin: str) -> ConfigSource:
    path = request.dockerfile
    name = DEFAULT_NAME if path is None else str(path) if request.context_url else path.name
    if not request.context_url:
        return ConfigSource(path=name)
    return ConfigSource(uri=split_credentials(origin)[0], digests=tuple(digest_set(pin).items()), path=name)


def _derived_id(dockerfile: bytes, args: Mapping[str, str]) -> str:
    """An id of the build that is the same on another day, for builds that are to be the same."""
    told = repr(sorted(args.items())).encode("utf-8", "surrogateescape")
    number = int.from_bytes(hashlib.sha256(dockerfile + b"\0" + told).digest(), "big")
    letters = []
    for _ in range(_ID_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def _image_digest(op: ImageOp, store: Store) -> str:
    """The digest that a registry has the image under, of its own name before another one; of no registry, its id."""
    if op.reference.digest is not None:
        return op.reference.digest
    record = next((record for record in store.images.list() if record.image_id == op.image_id), None)
    if record is None:
        return op.image_id
    origins = sorted(record.repo_digests, key=lambda name: name.repository != op.reference.repository)
    return next((name.digest for name in origins if name.digest is not None), op.image_id)


def _statement(predicate_type: str, subjects: Sequence[Subject], predicate: dict[str, Any]) -> Statement:
    return Statement(predicate_type=predicate_type, data=write_statement(predicate_type, subjects, predicate))


def _regular_files(files: LayerFiles) -> list[tuple[Entry, Digest]]:
    """Every name of every regular file, with the digest of the content, in the order of a walk."""
    found = []
    for entry in sorted(files.tree.entries.values(), key=lambda entry: walk_order(entry.path)):
        if entry.type in (EntryType.FILE, EntryType.HARDLINK):
            digest = files.tree.content(entry).digest
            if digest is not None:
                found.append((entry, digest))
    return found


def _listed(files: LayerFiles) -> tuple[ListedFile, ...]:
    """All regular files with the SHA-1 that SPDX asks for; contents are read once, as they lie in their layers."""
    regular = _regular_files(files)
    contents = {digest: files.tree.content(entry) for entry, digest in regular}
    numbers = files.tree.layer_numbers
    sums = {}
    for digest, entry in sorted(contents.items(), key=lambda item: (numbers[item[1].path], abs(item[1].offset))):
        sha1 = hashlib.sha1(usedforsecurity=False)
        with files.open(entry) as content:
            while data := content.read(_CHUNK_BYTES):
                sha1.update(data)
        sums[digest] = sha1.hexdigest()
    return tuple(ListedFile(path=entry.path, sha1=sums[digest], digest=digest) for entry, digest in regular)
