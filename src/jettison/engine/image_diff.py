"""What differs between two images from anywhere: files, by instruction and by package, and settings.

Every byte of difference is counted once in each view: what a path lost is the loss of the instruction and the package
that it had in the old image, what it gained the gain of those in the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from jettison.dockerfile.ignore import IgnorePatterns
from jettison.engine.base_of import layer_texts
from jettison.engine.image_layers import LayeredImage, Origin, files_of_both
from jettison.engine.written_in import written_texts
from jettison.errors import UsageError
from jettison.frozen import dataclass, field
from jettison.layer.compare import Change, ChangeKind, compare_trees, content_bytes
from jettison.layer.merge import merge_layers
from jettison.model.config_changes import ConfigChange, config_changes
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.tree import Tree
from jettison.packages.package import Catalog, Package
from jettison.packages.scan import is_read, scan
from jettison.store.store import Store
from jettison.tuples import NamedTuple

keep_for_diff = is_read
"""What of an image outside of the store is read again when packages are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many paths, by kind of change, and the bytes that the new image has more."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    metadata: int = 0
    moved: int = 0
    size_bytes: int = 0


class Owner(NamedTuple):
    """Whom the bytes of a path belong to in one image."""

    instruction: str
    package: tuple[str, str]
    """Ecosystem and name; both empty where it is in none."""


class Sides(NamedTuple):
    """Whom a path belongs to in either image; None where it is not there."""

    old: Owner | None
    new: Owner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionDiff:
    """The changes of one instruction, in either image."""

    instruction: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDiff:
    """The changes of one package; without a name, all files that belong to none."""

    ecosystem: str
    name: str
    old_versions: tuple[str, ...]
    new_versions: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSummary:
    """One side."""

    name: str
    image_id: Digest
    size_bytes: int
    """Of all files that a container sees, each counted once."""
    layers: int
    platform: Platform
    others: tuple[Platform, ...]
    """For which the name stands as well, and which are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiff:
    """Two images compared."""

    old: ImageSummary
    new: ImageSummary
    counts: Counts
    changes: tuple[Change, ...]
    """In the order of a walk."""
    sides: tuple[Sides, ...] = field(repr=False)
    """Of each change, whose bytes they were and are."""
    instructions: tuple[InstructionDiff, ...]
    """Those with the largest differences first."""
    packages: tuple[PackageDiff, ...]
    """Likewise; empty where no file and no version differs."""
    config: tuple[ConfigChange, ...]
    ignored: Counts
    """The changes that were asked not to count: they are in nothing else of this."""
    gaps: tuple[str, ...]
    """What could not be read of the packages: their comparison is incomplete then."""

    @property
    def is_equal(self) -> bool:
        """Whether a container sees no difference."""
        return not self.changes and not self.config


def diff_images(
    old: LayeredImage,
    new: LayeredImage,
    *,
    times: bool = False,
    ignore: IgnorePatterns | None = None,
    store: Store | None = None,
) -> ImageDiff:
    """Compare two open images; ``times`` says whether times of modification count, ``ignore`` which paths do not.

    ``store`` is asked for the Dockerfiles of both: where it knows both, they name the instructions, else the histories.
    """
    before, after = files_of_both(old, new)
    every = compare_trees(before.tree, after.tree, times=times)
    changes = every if ignore is None else tuple(change for change in every if not _is_ignored(change, ignore))
    kept = set(map(id, changes))
    catalogs = (
        (scan(before.tree, before.read_at), scan(after.tree, after.read_at)) if changes else (Catalog(), Catalog())
    )
    written = [None if store is None else written_texts(image, store) for image in (old, new)]
    texts = [
        [f"{text} (base image)" if base else text for text, base in known]
        if known is not None and None not in written
        else layer_texts(image.config)
        for image, known in zip((old, new), written, strict=True)
    ]
    owners = _owners(texts[0], before.tree, catalogs[0]), _owners(texts[1], after.tree, catalogs[1])
    sides = tuple(
        Sides(
            old=None if change.old is None else owners[0](change.old_path),
            new=None if change.new is None else owners[1](change.path),
        )
        for change in changes
    )
    return ImageDiff(
        old=_summary(old, before.tree),
        new=_summary(new, after.tree),
        counts=_counted((None, change.size_bytes, change.kind) for change in changes),
        changes=changes,
        sides=sides,
        instructions=_by_instruction(changes, sides),
        packages=_by_package(changes, sides, *catalogs),
        config=config_changes(old.config, new.config),
        ignored=_counted((None, one.size_bytes, one.kind) for one in every if id(one) not in kept),
        gaps=tuple(
            f"{image.name}: {gap}"
            for image, catalog in zip((old, new), catalogs, strict=True)
            for gap in catalog.unread
        ),
    )


def diff_container(container: LayeredImage) -> tuple[Change, ...]:
    """What was changed in a container since it was made of its image. Raises :class:`UsageError` for an image."""
    if container.origin is not Origin.CONTAINER:
        raise UsageError(
            f"{container.name} is an image: with what is it to be compared?",
            hint="jettison diff takes two images, or one container",
        )
    before = merge_layers(container.indexes[:-1])
    return compare_trees(before, container.files().tree, times=True)


def _is_ignored(change: Change, ignore: IgnorePatterns) -> bool:
    return ignore.excludes(change.path) and (change.old is None or ignore.excludes(change.old_path))


def _summary(image: LayeredImage, tree: Tree) -> ImageSummary:
    platform = image.config.platform
    return ImageSummary(
        name=image.name,
        image_id=image.image_id,
        size_bytes=content_bytes(tree),
        layers=len(image.indexes),
        platform=platform,
        others=tuple(dict.fromkeys(other for other in image.platforms if other != platform)),
    )


def _owners(texts: Sequence[str], tree: Tree, catalog: Catalog) -> Callable[[str], Owner]:
    """Whom each path of an image belongs to; equal owners are one value."""
    texts, packages = texts or ("",), catalog.owners()
    known: dict[Owner, Owner] = {}

    def owner(path: str) -> Owner:
        found = Owner(texts[tree.layer_numbers.get(path, 0)], _package_key(packages.get(path)))
        return known.setdefault(found, found)

    return owner


Share = tuple[Hashable, int, ChangeKind | None]
"""To whom a part of a change belongs, its bytes, and the kind of change where the whole counts there."""


def shares_of(change: Change, before: Hashable, after: Hashable) -> Iterator[Share]:
    """A change, split where the path belongs to another owner in the new image."""
    if change.old is None or change.new is None or before == after:
        yield after if change.old is None else before, change.size_bytes, change.kind
    else:
        yield before, -change.old.content_bytes, None
        yield after, change.new.content_bytes, change.kind


def _shares(
    changes: Iterable[Change], sides: Iterable[Sides], part: Callable[[Owner | None], Hashable]
) -> Iterator[Share]:
    for change, (old, new) in zip(changes, sides, strict=True):
        yield from shares_of(change, part(old), part(new))


def _grouped(shares: Iterable[Share]) -> dict[Hashable, Counts]:
    groups: dict[Hashable, list[Share]] = {}
    for share in shares:
        groups.setdefault(share[0], []).append(share)
    return {owner: _counted(found) for owner, found in groups.items()}


def _counted(shares: Iterable[Share]) -> Counts:
    found = dict.fromkeys(ChangeKind, 0)
    size_bytes = 0
    for _, count, kind in shares:
        size_bytes += count
        if kind is not None:
            found[kind] += 1
    return Counts(size_bytes=size_bytes, **{kind.value: count for kind, count in found.items()})


def _by_instruction(changes: Iterable[Change], sides: Iterable[Sides]) -> tuple[InstructionDiff, ...]:
    groups = _grouped(_shares(changes, sides, lambda owner: owner and owner.instruction))
    rows = [InstructionDiff(instruction=str(text), counts=counts) for text, counts in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-abs(row.counts.size_bytes), row.instruction)))


def _by_package(
    changes: Iterable[Change], sides: Iterable[Sides], old: Catalog, new: Catalog
) -> tuple[PackageDiff, ...]:
    groups = _grouped(_shares(changes, sides, lambda owner: owner and owner.package))
    versions = _versions(old), _versions(new)
    keys = dict.fromkeys([*versions[0], *versions[1]])
    differing = [key for key in keys if versions[0].get(key) != versions[1].get(key)]
    rows = [
        PackageDiff(
            ecosystem=ecosystem,
            name=name,
            old_versions=versions[0].get((ecosystem, name), ()),
            new_versions=versions[1].get((ecosystem, name), ()),
            counts=groups.get((ecosystem, name), Counts()),
        )
        for ecosystem, name in dict.fromkeys([*_package_keys(groups), *differing])
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.counts.size_bytes), row.ecosystem, row.name)))


def _package_keys(groups: Iterable[Hashable]) -> Iterator[tuple[str, str]]:
    for key in groups:
        assert isinstance(key, tuple)
        yield key


def _package_key(package: Package | None) -> tuple[str, str]:
    return ("", "") if package is None else (package.ecosystem.value, package.name)


def _versions(catalog: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], set[str]] = {}
    for package in catalog.packages:
        found.setdefault(_package_key(package), set()).add(package.version)
    return {key: tuple(sorted(versions)) for key, versions in found.items()}
