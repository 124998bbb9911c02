"""Questions that several commands ask the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.faults import fault_text
from jettison.errors import CancelledError, JettisonError, NotFoundError, UsageError
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
    with no_files((text,)):
        return store.images.find(text) if platform is None else store.images.find_for(text, platform)


@contextmanager
def no_files(names: Iterable[str]) -> Iterator[None]:
    """Where what is done fails for one of the names of images, the hint says what to do if it is that of a file."""
    try:
        yield
    except (UsageError, NotFoundError) as error:
        file = next((name for name in names if name in error.message and Path(name).is_file()), None)
        if file is not None:
            error.hint = f"{file} is a file: jettison load -i {file} takes its images into the store"
        raise


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
