"""The text of the Dockerfile: a file beside or in a folder, or one inside a context that was fetched."""

from __future__ import annotations

from pathlib import Path

from jettison.engine.inputs import Files
from jettison.errors import DockerfileError, NotFoundError, StorageError
from jettison.model.entry import EntryType, parse_image_path
from jettison.sources.local import LocalContext

MAX_BYTES = 16 << 20
DEFAULT_NAME = "Dockerfile"


def dockerfile_places(root: Path, asked: Path | None) -> tuple[Path, ...]:
    """Where the Dockerfile of a context folder may be, in the order in which it is looked for."""
    if asked is not None:
        return asked, root / asked
    return tuple(root / name for name in _names(DEFAULT_NAME))


def find_dockerfile(root: Path, asked: Path | None) -> Path:
    """The Dockerfile of a context folder: what ``-f`` names, here or inside it, else ``Dockerfile``.

    Raises :class:`NotFoundError` that says where it was looked for.
    """
    if asked is not None:
        inside = root / asked
        for path in dockerfile_places(root, asked):
            if path.exists() and not path.is_dir():  # a pipe is as good as a file
                return path
        if folder := next((path for path in (asked, inside) if path.is_dir()), None):
            raise NotFoundError(
                f"{str(folder)!r} is a folder, not a Dockerfile", hint=f"try -f {folder / DEFAULT_NAME}"
            )
        places = " and ".join(dict.fromkeys(repr(str(path)) for path in (asked, inside)))
        raise NotFoundError(f"no such Dockerfile: {asked}", hint=f"looked for {places}")
    for place in dockerfile_places(root, None):
        if place.is_file():
            return place
        if place.is_dir():
            raise NotFoundError(f"{str(place)!r} is a folder, not a Dockerfile", hint="name it with -f FILE")
    if not root.is_dir():
        LocalContext(root)
    raise NotFoundError(
        f"no Dockerfile in {str(root)!r}", hint="name it with -f FILE, or give another folder as the last argument"
    )


def read_inside(files: Files, asked: str, context: str) -> tuple[str, str]:
    """The text and the path of a Dockerfile inside a context; links are followed there, and never out of it."""
    wanted = parse_image_path(asked or DEFAULT_NAME)
    for path in _names(wanted):
        entry = files.tree.get(files.tree.resolve(path))
        if entry is not None and entry.type in (EntryType.FILE, EntryType.HARDLINK):
            with files.open(files.tree.content(entry)) as content:
                return decode(content.read(MAX_BYTES + 1), path), path
    found = [path for path in files.tree.entries if path.rpartition("/")[2].lower() == DEFAULT_NAME.lower()][:3]
    found = [path for path in found if path not in _names(wanted)]
    hint = f"there are {', '.join(found)}: name one with -f" if found else "name it with -f FILE"
    if (other := files.tree.get(wanted)) is not None:
        what = "a link that leads to no file" if other.type is EntryType.SYMLINK else "no file"
        raise NotFoundError(f"{wanted} in the build context {context} is {what}", hint=hint)
    raise NotFoundError(f"no {wanted} in the build context {context}", hint=hint)


def read_text(path: Path, limit_bytes: int = MAX_BYTES) -> str:
    """The text of a file that a user writes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise StorageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    if len(data) > limit_bytes:
        raise DockerfileError(f"{path}:1:1: more than {limit_bytes >> 20} MiB", hint="is this the right file?")
    return decode(data, str(path))


def decode(data: bytes, what: str) -> str:
    """The text of ``data``; bytes that are not UTF-8 are kept. Raises :class:`DockerfileError` for what is no text."""
    if len(data) > MAX_BYTES:
        raise DockerfileError(f"{what}:1:1: more than {MAX_BYTES >> 20} MiB, too long for a Dockerfile")
    if (place := data.find(b"\0")) >= 0:
        line, column = data.count(b"\n", 0, place) + 1, place - data.rfind(b"\n", 0, place)
        raise DockerfileError(f"{what}:{line}:{column}: this is not a text file", hint="is this the right file?")
    return data.decode("utf-8", "surrogateescape")


def _names(path: str) -> tuple[str, ...]:
    """``Dockerfile`` is also found in lower case."""
    folder, slash, name = path.rpartition("/")
    return (path, f"{folder}{slash}{name.lower()}") if name == DEFAULT_NAME else (path,)
