"""The order of a tar for entries that a walk comes by: that of whole paths, told while the walk goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from jettison.model.entry import Entry


def in_tar_order(walked: Iterable[Entry], split: Set[str]) -> Iterator[Entry]:
    """The entries sorted by path, each as soon as nothing can come before it.

    ``walked`` has parents first and siblings in the order of their names, which is the other order but for the
    directories in ``split``: between ``a`` and ``a/file`` there are ``a-b`` and all that lies in it. Those alone are
    waited for. ``split`` may grow until the directory is come by.
    """
    held: list[tuple[str, list[Entry]]] = []
    for entry in walked:
        path = entry.path
        while held:
            directory, below = held[-1]
            after = path[len(directory)] if path.startswith(directory) else ""
            if after == "/":
                below.append(entry)
                break
            if after and after < "/":
                yield entry
                break
            held.pop()
            yield from in_tar_order(below, split)
        else:
            yield entry
        if path in split and not (held and path.startswith(f"{held[-1][0]}/")):
            held.append((path, []))
    while held:
        yield from in_tar_order(held.pop()[1], split)
