"""Questions that several commands ask the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jettison.cli.context import Context
from jettison.cli.faults import fault_text
from jettison.errors import CancelledError, JettisonError
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.store import ImageRecord, Store


def image_size(store: Store, diff_ids: Iterable[Digest]) -> int | None:
    """What the layers take unpacked, as docker counts it; None where a layer has not been downloaded yet."""
    total = 0
    for diff_id in diff_ids:
        size_bytes = store.layers.size(diff_id)
        if size_bytes is None:
            return None
        total += size_bytes
    return total


def find_image(store: Store, text: str, platform: Platform | None) -> ImageRecord:
    """The image that a name or an id means, on the platform where one is given."""
    return store.images.find(text) if platform is None else store.images.find_for(text, platform)


def for_each(names: Iterable[str], act: Callable[[str], None], context: Context) -> int:
    """Do it for every name, go on after an error as docker does; the exit code of the first error."""
    code = 0
    for name in names:
        try:
            act(name)
        except CancelledError:
            raise
        except JettisonError as error:
            context.remark(fault_text(error).rstrip("\n"))
            code = code or error.exit_code
    return code
