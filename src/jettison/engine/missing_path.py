"""Why a path is not in an image, and what may be meant: the nearest name, what a layer deleted, what is there."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.base_of import layer_texts
from jettison.engine.image_layers import LayeredImage
from jettison.errors import NotFoundError
from jettison.layer.touches import TouchKind, touches_of
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.text.suggest import did_you_mean

_MAX_NAMED = 3
_MAX_LISTED = 8
_MAX_INSTRUCTION = 100


class MissingPathError(NotFoundError):
    """A path that is not in an image. ``wanted`` are those that may have been there: what was asked for, where links
    lead it, and the first part of it that is missing.
    """

    def __init__(self, message: str, *, hint: str | None, wanted: Sequence[str]) -> None:
        super().__init__(message, hint=hint)
        self.wanted = tuple(dict.fromkeys(wanted))


def missing_path(tree: Tree, asked: str, resolved: str, links: Sequence[Entry]) -> MissingPathError:
    """The error for a path without an entry: ``resolved`` is where the ``links`` led what was ``asked`` for."""
    shown = f"/{asked}"
    above = ""
    parts = resolved.split("/")
    for number, part in enumerate(parts):
        current = f"{above}/{part}" if above else part
        found = tree.get(current)
        if found is None:
            missing = f": there is no /{current}" if current != asked else ""
            led = "".join(f", /{link.path} is a link to {link.link}" for link in links)
            return MissingPathError(
                f"no such file in the image: {shown}{missing}{led}",
                hint=_near(tree, above, part, parts[number + 1 :])
                or _elsewhere(tree, asked)
                or _what_is_in(tree, above),
                wanted=(asked, resolved, current),
            )
        if number + 1 < len(parts) and found.type is not EntryType.DIRECTORY:
            return MissingPathError(
                f"no such file in the image: {shown}: /{current} is no directory",
                hint=f"nothing is below it: name /{current} itself",
                wanted=(asked, resolved),
            )
        above = current
    raise AssertionError("a path without an entry lacks one of its parts")


def explain_missing_path(error: MissingPathError, image: LayeredImage) -> None:
    """Give the error another hint, where a layer of the image deleted what is missing."""
    gone = set(error.wanted).intersection(entry.path for index in image.indexes for entry in index.entries)
    for path in filter(gone.__contains__, error.wanted):
        touches = touches_of(image.indexes, path)
        if touches and touches[-1].kind is TouchKind.REMOVED:
            number = touches[-1].layer
            instruction = layer_texts(image.config)[number][:_MAX_INSTRUCTION]
            error.hint = (
                f"layer {number + 1} deleted /{path}: {instruction}\n"
                f"      jettison why-file IMAGE /{path} tells all that touched it"
            )
            break


def _near(tree: Tree, above: str, part: str, rest: Sequence[str]) -> str | None:
    """The nearest name to the part that is missing, with the rest of the path where that is there, too."""
    prefix = f"/{above}/" if above else "/"
    hint = did_you_mean(part, tree.children(above), prefix)
    if hint is None or not rest:
        return hint
    start = hint.removesuffix("?")
    folder = start[start.index(prefix) :]
    whole = "/".join((folder, *rest))
    return f"did you mean {whole}?" if tree.has(whole) else hint


def _elsewhere(tree: Tree, path: str) -> str | None:
    """The hint that names files of the same name in other folders."""
    name = path.rpartition("/")[2]
    found = [f"/{each}" for each in tree.entries if each.rpartition("/")[2] == name] if name else []
    if not found:
        return None
    more = f" and {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
    return f"of that name there {'are' if found[1:] else 'is'} {', '.join(sorted(found)[:_MAX_NAMED])}{more}"


def _what_is_in(tree: Tree, folder: str) -> str:
    """The hint that tells what the nearest folder holds."""
    names = tree.children(folder)
    if not names:
        return f"/{folder} is empty" if folder else "the image is empty"
    if len(names) > _MAX_LISTED:
        return f"jettison ls IMAGE /{folder} lists what is there"
    return f"/{folder} has {', '.join(names)}"
