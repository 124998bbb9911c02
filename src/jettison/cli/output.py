"""``-o`` / ``--output`` in buildx's grammar."""

from __future__ import annotations

from pathlib import Path

from jettison.cli.parser import nearest
from jettison.cli.values import parse_csv
from jettison.engine.encoder import Compression
from jettison.engine.outputs import Output, OutputKind, codec_of
from jettison.errors import UsageError
from jettison.hints import BinaryIO
from jettison.layer.compress import checked_level
from jettison.model.annotation import Annotation
from jettison.model.reference import Reference

STANDARD_OUTPUT = "-"

_TYPES = (*OutputKind, "registry")
_IMAGE_KEYS = (
    "annotation.KEY",
    "compression",
    "compression-level",
    "force-compression",
    "name",
    "oci-artifact",
    "oci-mediatypes",
    "rewrite-timestamp",
    "source-date-epoch",
)
_REGISTRY_KEYS = ("dangling-name-prefix", "name-canonical", "push", "push-by-digest", "registry.insecure", "store")
_LAYOUT_KEYS = ("dest", "tar")
_FILES_KEYS = ("attestation-prefix", "dest", "platform-split")
_KEYS = {
    OutputKind.IMAGE: (*_IMAGE_KEYS, *_REGISTRY_KEYS, "unpack"),
    OutputKind.OCI: (*_IMAGE_KEYS, *_LAYOUT_KEYS),
    OutputKind.DOCKER: (*_IMAGE_KEYS, *_LAYOUT_KEYS),
    OutputKind.LOCAL: _FILES_KEYS,
    OutputKind.TAR: _FILES_KEYS,
    OutputKind.CACHE_ONLY: (),
}


def parse_output(text: str, stdout: BinaryIO) -> Output:
    """One output: ``type=…,dest=…``, a bare path for a folder, ``-`` for a tar on ``stdout``.

    Raises :class:`UsageError`.
    """
    if not text:
        raise UsageError("--output is empty", hint="name a folder, or type=…; is a variable of the shell not set?")
    if text == STANDARD_OUTPUT:
        return Output(kind=OutputKind.TAR, stream=stdout)
    if "=" not in text:
        return Output(kind=OutputKind.LOCAL, destination=Path(text))
    pairs = parse_csv(text)
    return _Parser(text, pairs, stdout).parse()


class _Parser:
    """Reads the attributes of one output."""

    def __init__(self, text: str, pairs: dict[str, str], stdout: BinaryIO) -> None:
        self._text = text
        self._pairs = pairs
        self._stdout = stdout

    def parse(self) -> Output:
        kind, is_registry = self._kind()
        annotations = self._annotations()
        if kind is OutputKind.IMAGE and self._pairs.get("dest"):
            raise self._error("an image goes into the store and has no dest", "type=oci,dest=FILE")
        self._check_keys(kind)
        destination = self._pairs.get("dest", "")
        if kind is OutputKind.DOCKER and not destination:
            kind = OutputKind.IMAGE  # what `docker load` would take in
        as_tar = self._truth("tar", default=True)
        self._check_destination(kind, destination, as_tar=as_tar)
        streamed = kind in (OutputKind.OCI, OutputKind.DOCKER, OutputKind.TAR) and destination in ("", STANDARD_OUTPUT)
        docker_types = not self._truth("oci-mediatypes", default=True)
        compression = self._compression()
        if docker_types and compression.codec == "zstd":
            raise self._error('"compression=zstd" conflicts with "oci-mediatypes=false"')
        by_digest = self._truth("push-by-digest")
        return Output(
            kind=kind,
            destination=None if streamed or not destination else Path(destination),
            stream=self._stdout if streamed else None,
            as_tar=as_tar,
            names=tuple(Reference.parse(name) for name in self._pairs.get("name", "").split(",") if name),
            compression=compression,
            store=self._truth("store", default=True),
            push=is_registry or self._truth("push") or by_digest,
            by_digest=by_digest,
            insecure=self._truth("registry.insecure"),
            docker_types=docker_types,
            artifacts=self._truth("oci-artifact", default=True),
            annotations=annotations,
            rewrite_timestamp=self._truth("rewrite-timestamp"),
            epoch=self._number("source-date-epoch"),
            platform_split=self._truth("platform-split") if "platform-split" in self._pairs else None,
            attestation_prefix=self._pairs.get("attestation-prefix", ""),
            dangling_prefix=self._pairs.get("dangling-name-prefix", ""),
            canonical=self._truth("name-canonical"),
        )

    def _kind(self) -> tuple[OutputKind, bool]:
        """The kind, and whether it was called ``registry``: an image that is pushed."""
        name = self._pairs.pop("type", "")
        if not name:
            raise self._error("type is missing", f"type={'|'.join(_TYPES)}")
        if name == "registry":
            return OutputKind.IMAGE, True
        if name not in _TYPES:
            raise self._error(f"unknown type {name!r}", nearest(name, _TYPES, f"there is {', '.join(_TYPES)}"))
        return OutputKind(name), False

    def _annotations(self) -> tuple[Annotation, ...]:
        found = {key: Annotation.parse_output_key(key, value) for key, value in self._pairs.items()}
        for key, annotation in found.items():
            if annotation is not None:
                del self._pairs[key]
        return tuple(annotation for annotation in found.values() if annotation is not None)

    def _check_keys(self, kind: OutputKind) -> None:
        known = _KEYS[kind]
        for key in self._pairs:
            if key not in known:
                others = sorted({other for keys in _KEYS.values() for other in keys})
                if key in others:
                    raise self._error(f"type={kind} has no {key!r}", f"it has {', '.join(known)}")
                raise self._error(f"unknown key {key!r}", nearest(key, known, "") or None)

    def _check_destination(self, kind: OutputKind, destination: str, *, as_tar: bool) -> None:
        if kind is OutputKind.LOCAL and destination in ("", STANDARD_OUTPUT):
            raise self._error("type=local needs dest=FOLDER")
        if not as_tar and destination in ("", STANDARD_OUTPUT):
            raise self._error("tar=false needs dest=FOLDER")

    def _compression(self) -> Compression:
        level = self._number("compression-level")
        try:
            codec = codec_of(self._pairs.get("compression", "gzip"))
            checked_level(codec, level)
        except UsageError as error:
            raise self._error(error.message, error.hint) from error
        return Compression(codec=codec, level=level, force=self._truth("force-compression"))

    def _truth(self, key: str, *, default: bool = False) -> bool:
        words = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}
        value = self._pairs.get(key)
        if value is None:
            return default
        if value == "" and key == "force-compression":
            return True  # as with BuildKit
        if value.lower() not in words:
            raise self._error(f"{key}={value}: expected true or false")
        return words[value.lower()]

    def _number(self, key: str) -> int | None:
        value = self._pairs.get(key)
        if value is None or (value == "" and key == "source-date-epoch"):
            return None
        if not (value.isascii() and value.isdecimal()):
            raise self._error(f"{key}={value}: expected a number")
        return int(value)

    def _error(self, message: str, hint: str | None = None) -> UsageError:
        return UsageError(f"--output {self._text}: {message}", hint=hint)
