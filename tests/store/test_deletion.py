"""Deleting by name or id follows docker's rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.counting import calls

from jettison.errors import NotFoundError, UsageError
from jettison.model.digest import Digest
from jettison.store import CacheRecord, Store

MANIFEST = Digest.of(b"manifest")
MakeImage = Callable[..., Digest]
MakeLayer = Callable[[str], Digest]


def _remove(store: Store, text: str, *, force: bool = False) -> list[str]:
    return [str(event) for event in store.remove_image(text, force=force)]


def test_a_tag_goes_and_the_image_with_the_last(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("app:1", "app:2"))
    assert _remove(store, "app:1") == ["Untagged: app:1"]
    assert _remove(store, "app:2") == ["Untagged: app:2", f"Deleted: {image_id}"]
    with pytest.raises(NotFoundError):
        store.remove_image("app:2")


def test_the_last_tag_of_a_pulled_image_takes_its_digest_along(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("debian:12", "mine"), sources=(f"debian@{MANIFEST}",))
    assert _remove(store, "debian:12") == ["Untagged: debian:12", f"Untagged: debian@{MANIFEST}"]
    assert _remove(store, "mine") == ["Untagged: mine:latest", f"Deleted: {image_id}"]


def test_an_id_takes_its_only_name_along(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("debian:12",), sources=(f"debian@{MANIFEST}",))
    assert _remove(store, image_id.short) == [
        "Untagged: debian:12",
        f"Untagged: debian@{MANIFEST}",
        f"Deleted: {image_id}",
    ]


def test_an_id_without_names_is_deleted(store: Store, make_image: MakeImage) -> None:
    image_id = make_image()
    assert _remove(store, str(image_id)) == [f"Deleted: {image_id}"]


@pytest.mark.parametrize("tags", [("app:1", "app:2"), ("app:1", "other:1")])
def test_an_id_with_several_names_is_refused_unless_forced(
    store: Store, make_image: MakeImage, tags: tuple[str, ...]
) -> None:
    image_id = make_image(tags=tags)
    with pytest.raises(UsageError, match="several names") as caught:
        store.remove_image(image_id.short)
    assert "--force" in (caught.value.hint or "")
    assert len(store.images.get(image_id).tags) == 2
    assert _remove(store, image_id.short, force=True) == [f"Untagged: {tag}" for tag in tags] + [f"Deleted: {image_id}"]


def test_a_stopped_container_keeps_its_image_unless_forced(
    store: Store, make_image: MakeImage, make_layer: MakeLayer
) -> None:
    layer = make_layer("base")
    image_id = make_image(layer, tags=("app", "other"))
    container = store.containers.create(image_id, ["sh"])
    assert _remove(store, "other") == ["Untagged: other:latest"]
    for text in ("app", image_id.short):
        with pytest.raises(UsageError, match=container.short_id):
            store.remove_image(text)
    assert _remove(store, "app", force=True) == ["Untagged: app:latest", f"Deleted: {image_id}"]
    assert store.layers.has(layer), "the container's files must stay"
    store.containers.remove(container.container_id)
    store.prune()
    assert not store.layers.has(layer)


def test_a_running_container_keeps_its_image_even_by_force(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("app",))
    container = store.containers.create(image_id, ["sh"])
    with store.containers.running(container.container_id, 1):
        with pytest.raises(UsageError, match="running container"):
            store.remove_image(image_id.short, force=True)
        with pytest.raises(UsageError):
            store.remove_image("app")
        assert _remove(store, "app", force=True) == ["Untagged: app:latest"]
    assert store.images.get(image_id).tags == ()


def test_only_what_nothing_else_needs_leaves_the_disk(
    store: Store, make_image: MakeImage, make_layer: MakeLayer
) -> None:
    shared, cached, own = make_layer("shared"), make_layer("cached"), make_layer("own")
    unrelated = store.blobs.put(b"not yet referenced by anything")
    make_image(shared, tags=("kept",))
    store.cache.put(CacheRecord(key=Digest.of(b"key"), kind="exec", layers=(cached,), created_at=1.0))
    image_id = make_image(shared, cached, own, tags=("app",))
    store.remove_image("app")
    assert store.layers.has(shared)
    assert store.layers.has(cached)
    assert not store.layers.has(own)
    assert not store.blobs.has(own)
    assert not store.blobs.has(image_id)
    assert store.blobs.has(unrelated)


@pytest.mark.parametrize("names_each", [1, 8])
def test_many_images_are_deleted_in_the_time_of_many(
    store: Store, make_image: MakeImage, make_layer: MakeLayer, names_each: int
) -> None:
    """Not each with a look at all others, nor each name with a look at all names; the layers go in the end."""

    def deleted(count: int) -> int:
        names = []
        for number in range(count):
            tags = [f"app:{count}-{number}-{tag}" for tag in range(names_each)]
            make_image(make_layer(f"{count}-{number}"), tags=tags)
            names += tags

        def delete() -> None:
            with store.deleting() as deleter:
                for name in names:
                    deleter.remove_image(name)

        return calls(delete)

    few, many = deleted(20), deleted(80)
    assert many <= 4.5 * few
    assert store.images.list() == ()
    assert tuple(store.layers.all()) == ()
