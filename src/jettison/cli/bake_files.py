"""Finds and reads what ``jettison bake`` starts from: bake files, ``.env``, variables."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.machine import native_platform, time_limit
from jettison.errors import NotFoundError, StorageError, UsageError
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.bake.model import Definition
    from jettison.bake.reading import BakeFile

STANDARD_INPUT = "-"
HERE = "cwd://"
EVALUATION_SECONDS = 30.0
"""Beyond what any honest bake file takes."""
_MAX_BYTES = 16 << 20
_FILES_VARIABLE = "BUILDX_BAKE_FILE"
_SEPARATOR_VARIABLE = "BUILDX_BAKE_PATH_SEPARATOR"
_ISOLATION_VARIABLE = "BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP"


def read_bake_files(names: Sequence[str], variables: Sequence[str], context: Context) -> Definition:
    """What the files declare; without names, all that have one of the usual names in the current folder.

    ``variables``: the ``NAME=VALUE`` of ``--var``.
    """
    from jettison.bake.dotenv import parse_dotenv
    from jettison.bake.reading import read_definition
    from jettison.bake.scope import Outside
    from jettison.hcl.functions.library import World
    from jettison.text.span import Source

    environment = context.settings.variables
    files = _files(names, context)
    given = _given(variables)
    known = {} if _is_true(environment.get(_ISOLATION_VARIABLE)) else dict(environment)
    outside = Outside(
        variables={**known, **given},
        builtin={"BAKE_CMD_CONTEXT": HERE, "BAKE_LOCAL_PLATFORM": str(native_platform())},
        world=World(now_seconds=time.time(), home=str(context.settings.user_home), random_bytes=os.urandom),
    )
    dotenv = Path(".env")
    compose = dict(known)
    if dotenv.is_file():
        compose = {**parse_dotenv(Source(_read(dotenv), str(dotenv)), known), **known}
    with evaluation_limit():
        return read_definition(files, outside, {**compose, **given})


def evaluation_limit() -> AbstractContextManager[None]:
    """A limit for the work of expressions: patterns can make Python's matcher go back without end, unlike Go's."""
    hint = "a pattern of regex(), regexall() or regex_replace() such as (a+)+ may take for ever: write it as a+"
    return time_limit(EVALUATION_SECONDS, what="the bake files are not evaluated", hint=hint)


def _files(names: Sequence[str], context: Context) -> list[BakeFile]:
    from jettison.bake.reading import DEFAULT_FILES, BakeFile

    names = names or _from_environment(context.settings.variables)
    if not names:
        found = [name for name in DEFAULT_FILES if Path(name).is_file()]
        if not found:
            usual = "docker-bake.hcl, docker-bake.json or compose.yaml"
            raise NotFoundError("no bake file here", hint=f"name one with -f FILE, or write {usual}")
        return [BakeFile(name=name, text=_read(Path(name))) for name in found]
    files = []
    for name in names:
        if name == STANDARD_INPUT:
            data = context.streams.stdin.read(_MAX_BYTES + 1)
            files.append(BakeFile(name=name, text=_decode(data, "standard input")))
        else:
            path = name.removeprefix(HERE)
            files.append(BakeFile(name=path, text=_read(Path(path))))
    return files


def _from_environment(environment: Mapping[str, str]) -> list[str]:
    """The files that the environment names, where it does."""
    separator = environment.get(_SEPARATOR_VARIABLE) or os.pathsep
    return [name.strip() for name in environment.get(_FILES_VARIABLE, "").split(separator) if name.strip()]


def _given(variables: Sequence[str]) -> dict[str, str]:
    given = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UsageError(f"invalid --var {text!r}", hint="write --var NAME=VALUE")
        given[name] = value
    return given


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _decode(file.read(_MAX_BYTES + 1), str(path))
    except FileNotFoundError:
        raise NotFoundError(f"no such bake file: {path}") from None
    except OSError as error:
        raise StorageError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _decode(data: bytes, what: str) -> str:
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{what}: more than {_MAX_BYTES >> 20} MiB, too long for a bake file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what}: this is not a text in UTF-8, at byte {error.start}") from None


def _is_true(text: str | None) -> bool:
    return text in ("1", "t", "T", "true", "TRUE", "True")
