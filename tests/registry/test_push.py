"""Pushing to a real registry."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.registry.support import (
    AMD64,
    PASSWORD,
    USER,
    Handler,
    Registry,
    blob_descriptor,
    htpasswd_auth,
    make_image,
    running_registry,
    running_server,
    serving,
)

from jettison.errors import IntegrityError, RegistryError
from jettison.model.digest import Digest
from jettison.model.oci import OCI_LAYER
from jettison.model.reference import Reference
from jettison.model.verified_reader import open_verified
from jettison.registry.client import RegistryClient
from jettison.registry.credentials import CredentialStore
from jettison.registry.pull import resolve_image
from jettison.registry.push import BlobFate, Pusher, push_image

IMAGE = make_image(b"x" * 3_000_000, b"second")


def test_what_is_pushed_can_be_pulled(registry: Registry, client: RegistryClient) -> None:
    """Every byte, and the digest that was promised."""
    reference = Reference.parse(f"{registry.host}/pushed/app:v1")
    seen: list[tuple[int, int]] = []
    descriptor = push_image(client, IMAGE, reference, progress=lambda *step: seen.append(step))
    resolved = resolve_image(client, reference, AMD64)
    assert resolved.descriptor.digest == descriptor.digest
    assert resolved.manifest_bytes == IMAGE.manifest_bytes
    for layer in resolved.manifest.layers:
        with resolved.open_blob(layer) as stream:
            assert stream.read() == IMAGE.blobs[layer.digest]
    assert (3_000_000, 3_000_000) in seen


def test_pushing_again_sends_nothing(registry: Registry, client: RegistryClient) -> None:
    """Blobs that are there are not opened."""
    reference = Reference.parse(f"{registry.host}/again/app:v1")
    push_image(client, IMAGE, reference)
    pusher = Pusher(client=client, reference=reference)

    def never() -> BinaryIO:
        raise AssertionError("the blob was opened")

    for layer in IMAGE.manifest.layers:
        assert pusher.push_blob(layer, never) is BlobFate.PRESENT


def test_a_blob_is_mounted_from_its_neighbour(registry: Registry, client: RegistryClient) -> None:
    """Without being sent; where the neighbour does not have it, it is sent."""
    push_image(client, IMAGE, Reference.parse(f"{registry.host}/neighbour/a:v1"))
    layer = IMAGE.manifest.layers[0]
    opened: list[Digest] = []

    def open_blob() -> BinaryIO:
        opened.append(layer.digest)
        return io.BytesIO(IMAGE.blobs[layer.digest])

    mounted = Pusher(client=client, reference=Reference.parse(f"{registry.host}/mounted/a"))
    assert mounted.push_blob(layer, open_blob, mount_from="neighbour/a") is BlobFate.MOUNTED
    assert mounted.has_blob(layer)
    assert opened == []
    sent = Pusher(client=client, reference=Reference.parse(f"{registry.host}/sent/a"))
    assert sent.push_blob(layer, open_blob, mount_from="no/such/neighbour") is BlobFate.SENT
    assert sent.has_blob(layer)
    assert opened == [layer.digest]


def test_a_wrong_blob_is_not_accepted(registry: Registry, client: RegistryClient) -> None:
    """Neither by our own verified sources nor by the registry."""
    pusher = Pusher(client=client, reference=Reference.parse(f"{registry.host}/wrong/a"))
    good = blob_descriptor(OCI_LAYER, b"good")
    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        pusher.push_blob(good, lambda: io.BytesIO(b"evil"))
    with pytest.raises(IntegrityError, match="the digest is wrong"):
        pusher.push_blob(good, lambda: open_verified(io.BytesIO(b"evil"), good, "blob"))
    assert not pusher.has_blob(good)


def test_a_manifest_without_its_blobs_is_refused(registry: Registry, client: RegistryClient) -> None:
    """The registry's reason is passed on."""
    pusher = Pusher(client=client, reference=Reference.parse(f"{registry.host}/empty/a:v1"))
    with pytest.raises(RegistryError, match=r"cannot push the manifest of .*/empty/a:v1: .* answered 400"):
        pusher.push_manifest(IMAGE.descriptor, IMAGE.manifest_bytes)


@pytest.fixture
def private_registry(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "data", auth=htpasswd_auth(tmp_path)) as registry:
        yield registry


def test_pushing_with_a_password(private_registry: Registry, tmp_path: Path) -> None:
    """The credentials of config.json; without them the error says to log in."""
    reference = Reference.parse(f"{private_registry.host}/app:v1")
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {private_registry.host: {"auth": auth}}}))
    with RegistryClient() as anonymous, pytest.raises(RegistryError) as caught:
        push_image(anonymous, IMAGE, reference)
    assert f"jettison login {private_registry.host}" in str(caught.value.hint)
    with RegistryClient(credentials=CredentialStore((config,))) as client:
        push_image(client, IMAGE, reference)
        assert resolve_image(client, reference, AMD64).manifest == IMAGE.manifest


@pytest.mark.parametrize("trouble", ["break", "503", "404"])
def test_a_broken_upload_begins_anew(client: RegistryClient, trouble: str) -> None:
    """With a new upload and from the first byte: nobody knows what the registry kept of the old one."""
    layer, data = IMAGE.manifest.layers[0], IMAGE.blobs[IMAGE.manifest.layers[0].digest]
    uploads: list[tuple[str, bytes]] = []
    begun: list[str] = []

    def answer(handler: Handler) -> None:
        if handler.command == "HEAD":
            handler.answer(404)
        elif handler.command == "POST":
            begun.append(f"/v2/app/blobs/uploads/{len(begun)}?state=s")
            handler.answer(202, Location=begun[-1])
        elif handler.command == "GET":
            handler.answer(200)
        else:
            if not uploads and trouble == "break":
                handler.rfile.read(1000)
                handler.close_connection = True
                uploads.append((handler.path, b""))
                return
            uploads.append((handler.path, handler.rfile.read(int(handler.headers["Content-Length"]))))
            handler.answer(201 if len(uploads) > 1 else int(trouble))

    with running_server(serving(answer)) as host:
        pusher = Pusher(client=client, reference=Reference.parse(f"{host}/app:v1"))
        assert pusher.push_blob(layer, lambda: io.BytesIO(data)) is BlobFate.SENT
    digest = layer.digest.replace(":", "%3A")
    assert [path for path, _ in uploads] == [f"{location}&digest={digest}" for location in begun]
    assert len(uploads) == 2
    assert uploads[1][1] == data
