"""The names of images that may be meant by one that leads to none."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.errors import JettisonError
from jettison.model.reference import Reference
from jettison.text.suggest import did_you_mean

_MAX_NAMED = 5


def near_names(text: str, names: Iterable[Reference]) -> str | None:
    """The hint that names them: other tags of the repository, else those that are called so elsewhere, else the nearest
    name; None where there is none.
    """
    known = sorted(set(names), key=str)
    try:
        wanted = Reference.parse(text)
    except JettisonError:
        same: list[Reference] = []
    else:
        same = [name for name in known if name.repository == wanted.repository] or [
            name for name in known if _last(name) == _last(wanted)
        ]
    if same:
        more = f" and {len(same) - _MAX_NAMED} more" if len(same) > _MAX_NAMED else ""
        return f"the store has {', '.join(name.familiar() for name in same[:_MAX_NAMED])}{more}"
    return did_you_mean(text, [each for name in known for each in (name.familiar(), name.familiar_repository)])


def _last(name: Reference) -> str:
    return name.path.rpartition("/")[2]
