"""``-o`` / ``--output`` in docker's grammar."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from jettison.cli.parser import nearest
from jettison.cli.values import parse_csv
from jettison.engine.encoder import Compression
from jettison.engine.outputs import Output, OutputKind, codec_of
from jettison.errors import UsageError
from jettison.model.reference import Reference

STANDARD_OUTPUT = "-"

_KEYS = ("type", "dest", "name", "tar", "compression", "compression-level", "force-compression")
_NOT_YET = ("registry", "cacheonly")


def parse_output(text: str, stdout: BinaryIO) -> Output:
    """One output: ``type=…,dest=…``, a bare path for a folder, ``-`` for a tar on ``stdout``.

    Raises :class:`UsageError`.
    """
    if text == STANDARD_OUTPUT:
        return Output(kind=OutputKind.TAR, stream=stdout)
    if "=" not in text:
        return Output(kind=OutputKind.LOCAL, destination=Path(text))
    pairs = parse_csv(text)
    kind = _kind(pairs.pop("type", ""), text)
    destination = pairs.pop("dest", "")
    for key in pairs:
        if key == "push":
            raise UsageError(f"--output {text}: pushing is not supported yet")
        if key not in _KEYS:
            raise UsageError(f"--output {text}: unknown key {key!r}", hint=nearest(key, _KEYS, "") or None)
    if kind is OutputKind.DOCKER and not destination:
        kind = OutputKind.IMAGE
    if kind is OutputKind.LOCAL and destination in ("", STANDARD_OUTPUT):
        raise UsageError(f"--output {text}: type=local needs dest=FOLDER")
    if kind is OutputKind.IMAGE and destination:
        raise UsageError(f"--output {text}: an image goes into the store and has no dest", hint="type=oci,dest=FILE")
    to_stdout = destination in ("", STANDARD_OUTPUT)
    return Output(
        kind=kind,
        destination=None if to_stdout else Path(destination),
        stream=stdout if to_stdout else None,
        as_tar=_truth(pairs.get("tar", "true"), "tar", text),
        names=tuple(Reference.parse(name) for name in pairs.get("name", "").split(",") if name),
        compression=Compression(
            codec=codec_of(pairs.get("compression", "gzip")),
            level=_level(pairs["compression-level"], text) if "compression-level" in pairs else None,
            force=_truth(pairs.get("force-compression", "false"), "force-compression", text),
        ),
    )


def _kind(name: str, text: str) -> OutputKind:
    if not name:
        raise UsageError(f"--output {text}: type is missing", hint=f"type={'|'.join(OutputKind)}")
    if name in _NOT_YET:
        raise UsageError(f"--output {text}: type={name} is not supported yet", hint=f"there is {', '.join(OutputKind)}")
    if name not in list(OutputKind):
        raise UsageError(
            f"--output {text}: unknown type {name!r}",
            hint=nearest(name, list(OutputKind), f"there is {', '.join(OutputKind)}"),
        )
    return OutputKind(name)


def _truth(value: str, key: str, text: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if value not in words:
        raise UsageError(f"--output {text}: {key}={value}: expected true or false")
    return words[value]


def _level(value: str, text: str) -> int:
    if not value.isdecimal():
        raise UsageError(f"--output {text}: compression-level={value}: expected a number")
    return int(value)
