"""Questions that several commands ask the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jettison.cli.context import Context
from jettison.cli.parser import PROGRAM
from jettison.errors import JettisonError
from jettison.model.digest import Digest
from jettison.store import Store


def image_size(store: Store, diff_ids: Iterable[Digest]) -> int | None:
    """What the layers take unpacked, as docker counts it; None where a layer has not been downloaded yet."""
    total = 0
    for diff_id in diff_ids:
        size_bytes = store.layers.size(diff_id)
        if size_bytes is None:
            return None
        total += size_bytes
    return total


def for_each(names: Iterable[str], act: Callable[[str], None], context: Context) -> int:
    """Do it for every name, go on after an error as docker does; the exit code of the first error."""
    code = 0
    for name in names:
        try:
            act(name)
        except JettisonError as error:
            context.remark(f"{PROGRAM}: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""))
            code = code or error.exit_code
    return code
