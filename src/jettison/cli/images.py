"""``jettison images``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence

from jettison.cli.context import Context
from jettison.cli.filters import Filters, matches_labels, matches_reference, parse_filters, parse_truth
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import image_size
from jettison.errors import JettisonError
from jettison.model.digest import Digest
from jettison.model.reference import Reference
from jettison.report.images import IMAGES, IMAGES_WITH_DIGESTS, image_row
from jettison.report.listing import Row
from jettison.store import ImageRecord, Store

FILTERS = ("reference", "dangling", "label", "before", "since")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-a", "--all", help="Show all images (there are no intermediate ones that would be hidden)")
    parser.switch("--digests", help="Show digests")
    parser.values("-f", "--filter", kind="filter", help=f"Show only images that match: {', '.join(FILTERS)}")
    parser.value("--format", help="'table', 'table TEMPLATE', 'json' or a Go template", default="table")
    parser.switch("--no-trunc", help="Don't truncate output")
    parser.switch("-q", "--quiet", help="Only show image IDs")


def run(arguments: Arguments, context: Context) -> int:
    """List the images."""
    filters = parse_filters(arguments.filter, FILTERS)
    truncate = not arguments.no_trunc
    with context.open_store() as store:
        chosen = [
            (record, names)
            for record in select_images(store, filters)
            if (names := listed_names(record, [*filters.get("reference", ()), *arguments.arguments])) is not None
        ]
        if arguments.quiet:
            ids = [record.image_id for record, _ in chosen]
            context.write("".join(f"{_shown_id(image_id, truncate=truncate)}\n" for image_id in ids))
            return 0
        users = users_of_layers(store)
        rows = [row for record, names in chosen for row in image_rows(store, record, names, users, truncate=truncate)]
    columns = IMAGES_WITH_DIGESTS if arguments.digests else IMAGES.columns
    shown = Counter(name for _, names in chosen for name in names if name.tag)
    if any(count > 1 for count in shown.values()):
        columns = (*columns[:2], "Platform", *columns[2:])
    context.write(IMAGES.render(rows, arguments.format, columns=columns))
    return 0


def select_images(store: Store, filters: Filters) -> Iterator[ImageRecord]:
    """The images that fit all filters but ``reference``, the newest first."""
    dangling = parse_truth(filters, "dangling")
    wanted_labels = filters.get("label", ())
    before = [_created(store.images.find(name)) for name in filters.get("before", ())]
    since = [_created(store.images.find(name)) for name in filters.get("since", ())]
    for record in store.images.list():
        if dangling is not None and dangling == bool(record.names):
            continue
        if wanted_labels and not matches_labels(wanted_labels, dict(store.images.config(record.image_id).run.labels)):
            continue
        if not all(_created(record) < other for other in before) or not all(_created(record) > o for o in since):
            continue
        yield record


def _created(record: ImageRecord) -> tuple[str, float]:
    return record.created or "", record.stored_at


def listed_names(record: ImageRecord, patterns: Sequence[str] = ()) -> list[Reference] | None:
    """The names under which the image is listed, perhaps none; None where it does not fit the patterns."""
    names = list(record.tags)
    tagged = {name.repository for name in names}
    names += [name for name in record.repo_digests if name.repository not in tagged]
    if not patterns:
        return names
    return [name for name in names if any(matches_reference(pattern, name) for pattern in patterns)] or None


def users_of_layers(store: Store) -> Counter[Digest]:
    """How many images each layer is in."""
    return Counter(diff_id for record in store.images.list() for diff_id in set(record.diff_ids))


def image_rows(
    store: Store,
    record: ImageRecord,
    names: Sequence[Reference],
    users: Counter[Digest],
    *,
    truncate: bool = True,
    containers: int | None = None,
) -> Iterator[Row]:
    """The lines of an image, one for each name, or one without a name."""
    size_bytes = image_size(store, record.diff_ids)
    shared_bytes = image_size(store, [diff_id for diff_id in record.diff_ids if users[diff_id] > 1])
    digests = {name.repository: name.digest for name in record.repo_digests}
    now = time.time()
    cells = [(name.familiar_repository, name.tag or "", digests.get(name.repository) or "") for name in names]
    for repository, tag, digest in cells or [("", "", "")]:
        yield image_row(
            image_id=record.image_id,
            repository=repository,
            tag=tag,
            digest=digest,
            platform=_platform(store, record),
            created=record.created,
            size_bytes=size_bytes,
            shared_bytes=shared_bytes,
            containers=containers,
            now=now,
            truncate=truncate,
        )


def _platform(store: Store, record: ImageRecord) -> str:
    """Empty where the config is lost: the list still tells of the image."""
    try:
        return str(store.images.config(record.image_id).platform)
    except JettisonError:
        return ""


def _shown_id(image_id: Digest, *, truncate: bool) -> str:
    return image_id.short if truncate else image_id
