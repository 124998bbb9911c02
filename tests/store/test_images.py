"""Images: found as docker finds them, named as docker names them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jettison.errors import IntegrityError, NotFoundError, UsageError
from jettison.model.digest import Digest
from jettison.model.oci import OCI_MANIFEST, Descriptor
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store import Store

MANIFEST = Digest.of(b"manifest")
INDEX = Digest.of(b"index")
MakeImage = Callable[..., Digest]


def _names(store: Store, image_id: Digest) -> list[str]:
    return [name.familiar() for name in store.images.get(image_id).names]


def test_an_image_comes_back_with_all_that_is_known(store: Store, make_image: MakeImage) -> None:
    layers = (Digest.of(b"2"), Digest.of(b"1"), Digest.of(b"2"))
    image_id = make_image(*layers, tags=("app", "app:1"), sources=(f"debian@{MANIFEST}",))
    record = store.images.get(image_id)
    assert record.diff_ids == layers
    assert record.created == "2024-01-01T00:00:00Z"
    assert record.manifest is None
    assert _names(store, image_id) == ["app:1", "app:latest", f"debian@{MANIFEST}"]
    assert store.images.config(image_id).diff_ids == layers
    assert store.images.list() == (record,)


def test_later_facts_are_added_to_earlier_ones(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(sources=(f"debian@{MANIFEST}",))
    config = store.blobs.read(image_id)
    manifest = Descriptor(
        media_type=OCI_MANIFEST,
        digest=MANIFEST,
        size=7,
        platform=Platform(os="linux", architecture="arm", variant="v7"),
        annotations=(("a", "é"),),
    )
    store.images.put(config, manifest=manifest, sources=[Reference.parse(f"debian@{INDEX}")])
    store.images.put(config)
    record = store.images.get(image_id)
    assert record.manifest == manifest
    assert {name.digest for name in record.repo_digests} == {MANIFEST, INDEX}


def test_what_is_no_config_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.images.put(b"[]")
    assert store.images.list() == ()
    assert list(store.blobs.all()) == []


def test_a_tag_moves_to_the_newer_image(store: Store, make_image: MakeImage) -> None:
    old, new = make_image(author="old", tags=("app",)), make_image(author="new", tags=("app",))
    assert _names(store, old) == []
    assert _names(store, new) == ["app:latest"]


def test_a_tag_needs_an_image_and_no_digest(store: Store, make_image: MakeImage) -> None:
    with pytest.raises(NotFoundError):
        store.images.tag(Reference.parse("app"), Digest.of(b"nothing"))
    with pytest.raises(UsageError):
        store.images.tag(Reference.parse(f"app@{MANIFEST}"), make_image())


def test_untag_forgets_one_name(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("app:1", "app:2"), sources=(f"debian@{MANIFEST}",))
    store.images.untag(Reference.parse("app:1"))
    store.images.untag(Reference.parse(f"debian@{MANIFEST}"))
    assert _names(store, image_id) == ["app:2"]
    with pytest.raises(NotFoundError, match="app:1"):
        store.images.untag(Reference.parse("app:1"))


@pytest.mark.parametrize(
    "text",
    [
        "app",
        "app:latest",
        "docker.io/library/app",
        "quay.io/team/app:v1",
        f"debian@{MANIFEST}",
        f"library/debian@{INDEX}",
    ],
)
def test_find_by_name(store: Store, make_image: MakeImage, text: str) -> None:
    make_image(author="another", tags=("other",))
    image_id = make_image(tags=("app", "quay.io/team/app:v1"), sources=(f"debian@{MANIFEST}", f"debian@{INDEX}"))
    assert store.images.find(text).image_id == image_id


def test_find_by_id_and_its_beginnings(store: Store, make_image: MakeImage) -> None:
    image_id = make_image()
    for length in (1, 2, 12, 63, 64):
        assert store.images.find(image_id.hex[:length]).image_id == image_id
        assert store.images.find("sha256:" + image_id.hex[:length]).image_id == image_id


def test_an_ambiguous_beginning_is_an_error_that_lists_ids(store: Store, make_image: MakeImage) -> None:
    ids = [make_image(author=str(number)) for number in range(17)]
    first = next(digit for digit in "0123456789abcdef" if sum(i.hex.startswith(digit) for i in ids) > 1)
    with pytest.raises(UsageError, match="begins with") as caught:
        store.images.find(first)
    assert next(i for i in ids if i.hex.startswith(first)).algorithm == "sha256"
    assert "give more digits" in (caught.value.hint or "")


def test_a_name_goes_before_an_id(store: Store, make_image: MakeImage) -> None:
    by_id = make_image(author="by id")
    by_name = make_image(author="by name", tags=(by_id.hex[:12],))
    assert store.images.find(by_id.hex[:12]).image_id == by_name
    assert store.images.find(f"sha256:{by_id.hex[:12]}").image_id == by_id


def test_an_unknown_name_suggests_the_nearest(store: Store, make_image: MakeImage) -> None:
    make_image(tags=("my-app:1.0", "tool"))
    for text, hint in (("my-ap:1.0", "did you mean my-app:1.0?"), ("my-app:2", "the store has my-app:1.0")):
        with pytest.raises(NotFoundError, match=f"no such image: {text}") as caught:
            store.images.find(text)
        assert caught.value.hint == hint
    with pytest.raises(NotFoundError) as caught:
        store.images.find("completely-different-name")
    assert caught.value.hint == "`jettison images` lists what there is"


@pytest.mark.parametrize("text", ["", "UPPER", "a b", "app:", "app@sha256:12", "-x"])
def test_what_is_no_name_is_an_error(store: Store, text: str) -> None:
    with pytest.raises((UsageError, IntegrityError, NotFoundError)):
        store.images.find(text)


def test_removing_forgets_all_names(store: Store, make_image: MakeImage) -> None:
    image_id = make_image(tags=("app",), sources=(f"debian@{MANIFEST}",))
    store.images.remove(image_id)
    store.images.remove(image_id)
    assert store.images.list() == ()
    with pytest.raises(NotFoundError):
        store.images.get(image_id)
    with pytest.raises(NotFoundError):
        store.images.find("app")


def test_a_damaged_config_is_found(store: Store, make_image: MakeImage) -> None:
    image_id = make_image()
    store.blobs.path(image_id).write_bytes(b"{}")
    with pytest.raises(IntegrityError, match="damaged"):
        store.images.config(image_id)
