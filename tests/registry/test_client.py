"""Fetching over bad connections, from damaged storage, through redirects and mirrors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.registry.support import (
    AMD64,
    Handler,
    MadeImage,
    Registry,
    free_port,
    make_image,
    running_registry,
    running_server,
    serving,
)

from jettison.errors import IntegrityError, RegistryError
from jettison.model.digest import Digest
from jettison.model.oci import OCI_MANIFEST, Descriptor
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.mirrors import RegistriesConf, parse_registries_conf
from jettison.registry.pull import resolve_image
from jettison.registry.settings import NetworkSettings

LAYER = bytes(range(256)) * 8192
IMAGE = make_image(LAYER)
BLOB = IMAGE.manifest.layers[0]


@dataclass
class Troubled:
    """A registry with one image that answers each request for its layer by the next trouble, then well."""

    image: MadeImage = field(default_factory=lambda: IMAGE)
    troubles: list[str] = field(default_factory=list)
    ranges: bool = True
    requests: list[str] = field(default_factory=list)
    redirect_to: str = ""

    def answer(self, handler: Handler) -> None:
        kind, _, name = handler.path.removeprefix("/v2/").partition("app/")[2].partition("/")
        if not kind:
            handler.answer(200)
        elif kind == "manifests":
            handler.answer(200, self.image.manifest_bytes, Content_Type=OCI_MANIFEST)
        else:
            self._answer_blob(handler, self.image.blobs[Digest.parse(name)])

    def _answer_blob(self, handler: Handler, data: bytes) -> None:
        if Digest.of(data) != BLOB.digest:
            handler.answer(200, data)
            return
        wanted = handler.headers.get("Range", "")
        self.requests.append(wanted)
        trouble = self.troubles.pop(0) if self.troubles else ""
        if self.redirect_to:
            handler.answer(307, Location=self.redirect_to, Content_Length="0")
            return
        if trouble.isdigit():
            handler.answer(int(trouble), Retry_After="0")
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        handler.send_response(206 if start else 200)
        if start:
            shown = start + 1 if trouble == "other range" else start
            handler.send_header("Content-Range", f"bytes {shown}-{len(data) - 1}/{len(data)}")
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        if trouble == "break":
            handler.wfile.write(data[start : start + 600_000])
            handler.close_connection = True
        elif trouble == "break at once":
            handler.close_connection = True
        else:
            handler.wfile.write(data[start:])


@contextmanager
def troubled_registry(troubled: Troubled) -> Iterator[Reference]:
    with running_server(serving(troubled.answer)) as host:
        yield Reference.parse(f"{host}/app:v1")


def read_layer(client: RegistryClient, reference: Reference) -> bytes:
    with open_layer(client, reference) as stream:
        return stream.read()


def open_layer(client: RegistryClient, reference: Reference) -> BinaryIO:
    return resolve_image(client, reference, AMD64).open_blob(BLOB)


def test_a_broken_download_is_resumed(client: RegistryClient) -> None:
    """From the byte that was reached, as often as there is progress."""
    troubled = Troubled(troubles=["break", "break", "break"])
    with troubled_registry(troubled) as reference:
        assert read_layer(client, reference) == LAYER
    assert troubled.requests[0] == ""
    assert len(troubled.requests) == 4
    assert all(wanted.startswith("bytes=") for wanted in troubled.requests[1:])


def test_a_server_without_ranges_is_read_anew(client: RegistryClient) -> None:
    """What is there already is skipped, and nothing is doubled."""
    troubled = Troubled(troubles=["break", "break"], ranges=False)
    with troubled_registry(troubled) as reference:
        assert read_layer(client, reference) == LAYER


def test_passing_refusals_are_waited_for(client: RegistryClient) -> None:
    """429 and 503 before the download, and while it is resumed."""
    troubled = Troubled(troubles=["429", "503", "break", "500"])
    with troubled_registry(troubled) as reference:
        assert read_layer(client, reference) == LAYER
    assert len(troubled.requests) == 5


def test_giving_up_is_an_error(client: RegistryClient) -> None:
    """A connection that breaks again and again without a byte of progress."""
    troubled = Troubled(troubles=["break at once"] * 20)
    with (
        troubled_registry(troubled) as reference,
        pytest.raises(RegistryError, match=f"cannot reach {reference.domain}"),
    ):
        read_layer(client, reference)
    assert len(troubled.requests) <= 10


@pytest.mark.parametrize(("status", "message"), [("503", "503"), ("429", "too many requests")])
def test_lasting_refusals_are_reported(client: RegistryClient, status: str, message: str) -> None:
    """After a bounded number of attempts."""
    troubled = Troubled(troubles=[status] * 20)
    with troubled_registry(troubled) as reference, pytest.raises(RegistryError) as caught:
        read_layer(client, reference)
    assert message in f"{caught.value} {caught.value.hint}"
    assert len(troubled.requests) == 5


def test_another_range_than_asked_is_an_error(client: RegistryClient) -> None:
    """A server that lies about ranges does not make a silently wrong blob."""
    troubled = Troubled(troubles=["break", "other range"])
    with troubled_registry(troubled) as reference, pytest.raises(RegistryError, match="another part"):
        read_layer(client, reference)


def test_progress_is_reported(client: RegistryClient) -> None:
    """Rising up to the size, also over a broken connection."""
    seen: list[tuple[int, int]] = []
    with troubled_registry(Troubled(troubles=["break"])) as reference:
        image = resolve_image(client, reference, AMD64)
        with image.fetch_blob(BLOB, lambda current, total: seen.append((current, total))) as stream:
            stream.read()
    assert seen == sorted(set(seen))
    assert seen[-1] == (len(LAYER), len(LAYER))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "the data ends after 2097151 bytes, expected 2097152"),
        (lambda data: data + b"x", "there is more data than the 2097152 bytes"),
        (lambda data: data[:1000] + b"?" + data[1001:], f"expected {BLOB.digest}, got sha256:"),
        (lambda data: b"", "the data ends after 0 bytes"),
    ],
)
def test_damaged_blobs_are_found(registry: Registry, client: RegistryClient, damage: object, message: str) -> None:
    """Whatever Content-Length and Docker-Content-Digest say."""
    assert callable(damage)
    registry.put_image("damaged", "v1", IMAGE)
    path = registry.blob_file(BLOB.digest)
    good = path.read_bytes()
    path.write_bytes(damage(good))
    try:
        with pytest.raises(IntegrityError, match=message):
            read_layer(client, Reference.parse(f"{registry.host}/damaged:v1"))
    finally:
        path.write_bytes(good)


def test_a_changed_manifest_is_found(client: RegistryClient) -> None:
    """By digest, the bytes are checked; the answer's headers are not believed."""
    with troubled_registry(Troubled()) as reference:
        other = Digest.of(b"something else")
        pinned = Reference(domain=reference.domain, path=reference.path, digest=other)
        with pytest.raises(IntegrityError, match=f"expected {other}, got {IMAGE.descriptor.digest}"):
            client.fetch_manifest(pinned)


def test_a_redirect_to_another_host_takes_no_credentials_along(client: RegistryClient, tmp_path: Path) -> None:
    """The blob comes from a store that must not see the registry's token."""
    seen: list[str | None] = []

    def store(handler: Handler) -> None:
        seen.append(handler.headers.get("Authorization"))
        handler.answer(200, LAYER)

    def front(handler: Handler) -> None:
        if handler.path.startswith("/token"):
            handler.answer_json(200, {"token": "t0ken"})
        elif handler.headers.get("Authorization") != "Bearer t0ken":
            realm = f"http://{handler.headers['Host']}/token"
            handler.answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="s"')
        else:
            troubled.answer(handler)

    with running_server(serving(store)) as other, running_server(serving(front)) as host:
        troubled = Troubled(redirect_to=f"http://{other}/store?signature=secret")
        assert read_layer(client, Reference.parse(f"{host}/app:v1")) == LAYER
    assert seen == [None]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("/v2/app/blobs/{digest}", "redirects more than 5 times"),
        ("ftp://x/", "no web address"),
        ("http://user:secret@127.0.0.1/", "no web address"),
    ],
)
def test_strange_redirects_are_refused(client: RegistryClient, location: str, message: str) -> None:
    """Circles and addresses that are none."""
    troubled = Troubled(redirect_to=location.format(digest=BLOB.digest))
    with troubled_registry(troubled) as reference, pytest.raises(RegistryError, match=message) as caught:
        read_layer(client, reference)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>a login page</html>", "not valid JSON"),
        (b"[]", "expected an object"),
        (b'{"schemaVersion": 1, "fsLayers": []}', "schema 1 manifests are not supported"),
        (b"[" * 100_000, "not valid JSON"),
        (b" " * (17 * 1024 * 1024), "longer than 16777216 bytes"),
    ],
)
def test_answers_that_are_no_manifests(client: RegistryClient, body: bytes, message: str) -> None:
    """A web server, an old registry, a hostile one."""
    server = serving(lambda handler: handler.answer(200, body))
    with running_server(server) as host, pytest.raises((RegistryError, IntegrityError), match=message):
        client.fetch_manifest(Reference.parse(f"{host}/a:b"))


def test_foreign_words_cannot_play_with_the_terminal(client: RegistryClient) -> None:
    """What a registry says is printed without control characters and not endlessly."""
    words = {"errors": [{"code": "DENIED\x1b[31m", "message": "\x1b]0;x\x07" + "no" * 5000}]}
    server = serving(lambda handler: handler.answer_json(403, words))
    with running_server(server) as host, pytest.raises(RegistryError) as caught:
        client.fetch_manifest(Reference.parse(f"{host}/a:b"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def mirrored(*mirrors: str, registry: str) -> RegistryClient:
    lines = [f'[[registry]]\nlocation = "{registry}"']
    lines += [f'[[registry.mirror]]\nlocation = "{mirror}"' for mirror in mirrors]
    conf = RegistriesConf(registries=parse_registries_conf("\n".join(lines), "registries.conf"))
    return RegistryClient(conf=lambda: conf, settings=NetworkSettings(pause_seconds=0.01, connect_timeout_seconds=5))


def test_mirrors_serve_first(registry: Registry) -> None:
    """A mirror below a path serves manifest and blobs; the registry itself is not even reachable."""
    registry.put_image("hub/team/app", "v1", IMAGE)
    with mirrored(f"{registry.host}/hub", registry="registry.invalid") as client:
        resolved = resolve_image(client, Reference.parse("registry.invalid/team/app:v1"), AMD64)
        assert resolved.endpoints[0].reference.domain == registry.host
        with resolved.open_blob(BLOB) as stream:
            assert stream.read() == LAYER


def test_the_next_is_asked_where_a_mirror_fails(registry: Registry, tmp_path: Path) -> None:
    """A dead mirror, one without the image, one without the blob; in the end the registry answers."""
    registry.put_image("team/app", "v1", IMAGE)
    with running_registry(tmp_path / "half") as half:
        half.put_image("team/app", "v1", IMAGE)
        half.blob_file(BLOB.digest).unlink()
        dead = f"127.0.0.1:{free_port()}"
        with mirrored(dead, f"{registry.host}/none", half.host, registry=registry.host) as client:
            resolved = resolve_image(client, Reference.parse(f"{registry.host}/team/app:v1"), AMD64)
            assert resolved.endpoints[0].reference.domain == half.host
            with resolved.open_blob(BLOB) as stream:
                assert stream.read() == LAYER


def test_all_failures_are_told(registry: Registry) -> None:
    """The registry's own answer first, then the mirrors'."""
    dead = f"127.0.0.1:{free_port()}"
    with mirrored(dead, registry=registry.host) as client, pytest.raises(RegistryError) as caught:
        client.fetch_manifest(Reference.parse(f"{registry.host}/no/such:image"))
    assert f"{registry.host} answered 404 MANIFEST_UNKNOWN" in str(caught.value)
    assert f"mirror {dead}: cannot reach {dead}: Connection refused" in str(caught.value)


def test_a_huge_config_is_not_fetched(client: RegistryClient) -> None:
    """A manifest may claim any size; memory is not given for it."""
    huge = Descriptor(media_type=IMAGE.manifest.config.media_type, digest=IMAGE.manifest.config.digest, size=2**40)
    data = IMAGE.manifest_bytes.replace(
        f'"size":{IMAGE.manifest.config.size}'.encode(), f'"size":{huge.size}'.encode(), 1
    )
    troubled = Troubled(image=MadeImage(manifest=IMAGE.manifest, manifest_bytes=data, blobs=IMAGE.blobs))
    with (
        troubled_registry(troubled) as reference,
        pytest.raises(RegistryError, match="1099511627776 bytes is too large"),
    ):
        resolve_image(client, reference, AMD64)
