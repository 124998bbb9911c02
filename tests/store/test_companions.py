"""What came with an image is kept with it: by the manifest that it is about, and as long as the image is there."""

from __future__ import annotations

from collections.abc import Callable

from jettison.frozen import replace
from jettison.model.digest import Digest
from jettison.model.oci import OCI_INDEX, OCI_MANIFEST, Descriptor
from jettison.model.platform import Platform
from jettison.store import Store
from jettison.store.companions import Company


def blob(store: Store, text: str, media_type: str = "text/plain") -> Descriptor:
    data = text.encode()
    return Descriptor(media_type=media_type, digest=store.blobs.put(data), size=len(data))


def test_a_company_comes_back_as_it_was(store: Store, make_image: Callable[..., Digest]) -> None:
    """With platforms and annotations, of the manifest that it is about; later news take the place of earlier ones."""
    image_id, about = make_image(), Digest.of(b"manifest")
    entry = replace(
        blob(store, "attestation", OCI_MANIFEST),
        platform=Platform(os="unknown", architecture="unknown"),
        annotations=(("vnd.docker.reference.digest", about),),
    )
    company = Company(
        index=blob(store, "index", OCI_INDEX), attestations=(entry,), parts=(blob(store, "1"), blob(store, "2"))
    )
    store.companions.keep(image_id, about, company)
    assert store.companions.of(image_id, about) == company
    assert store.companions.of(image_id, Digest.of(b"another")) == Company()
    store.companions.keep(image_id, about, Company(index=company.index))
    assert store.companions.of(image_id, about) == Company(index=company.index)


def test_its_blobs_stay_as_long_as_the_image(store: Store, make_image: Callable[..., Digest]) -> None:
    """A prune takes them after it."""
    image_id = make_image(tags=("app:1",))
    company = Company(index=blob(store, "index"), attestations=(blob(store, "manifest"),), parts=(blob(store, "part"),))
    store.companions.keep(image_id, Digest.of(b"manifest"), company)
    digests = [Digest.of(text) for text in (b"index", b"manifest", b"part")]
    store.prune(images=True, all=False)
    assert all(map(store.blobs.has, digests))
    store.remove_image("app:1")
    store.prune(images=True, all=True)
    assert not any(map(store.blobs.has, digests))
