"""A real registry on loopback, images to put into it, and the servers that stand around registries."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from jettison.model.config import ImageConfig, RunConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.oci import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Descriptor,
    Index,
    Manifest,
    write_manifest,
)
from jettison.model.platform import Platform

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")

USER, PASSWORD = "ali", "open-sesame"
_HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuutXu9KzOt.1yBoZUeFWoT/914/JfszCO"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeImage:
    """An image made of given layers, with all its blobs."""

    manifest: Manifest
    manifest_bytes: bytes
    blobs: dict[Digest, bytes]

    @property
    def descriptor(self) -> Descriptor:
        return Descriptor(
            media_type=self.manifest.media_type,
            digest=Digest.of(self.manifest_bytes),
            size=len(self.manifest_bytes),
        )

    @property
    def config_bytes(self) -> bytes:
        return self.blobs[self.manifest.config.digest]

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        return io.BytesIO(self.blobs[descriptor.digest])


def blob_descriptor(media_type: str, data: bytes) -> Descriptor:
    return Descriptor(media_type=media_type, digest=Digest.of(data), size=len(data))


def make_image(*layers: bytes, platform: Platform = AMD64, label: str = "") -> MadeImage:
    """An image whose layers are these bytes; a registry does not look into them."""
    config = ImageConfig(
        platform=platform,
        run=RunConfig(labels=(("label", label),) if label else ()),
        diff_ids=tuple(Digest.of(layer) for layer in layers),
    )
    config_bytes = write_image_config(config)
    manifest = Manifest(
        config=blob_descriptor(OCI_CONFIG, config_bytes),
        layers=tuple(blob_descriptor(OCI_LAYER, layer) for layer in layers),
    )
    blobs = {Digest.of(data): data for data in (config_bytes, *layers)}
    return MadeImage(manifest=manifest, manifest_bytes=write_manifest(manifest), blobs=blobs)


def make_index(*images: MadeImage, platforms: tuple[Platform, ...]) -> bytes:
    entries = tuple(
        Descriptor(media_type=OCI_MANIFEST, digest=i.descriptor.digest, size=i.descriptor.size, platform=p)
        for i, p in zip(images, platforms, strict=True)
    )
    return write_manifest(Index(manifests=entries, media_type=OCI_INDEX))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A running docker-registry: its host with port and the folder where it keeps everything."""

    host: str
    root: Path
    scheme: str = "http"
    headers: dict[str, str] = field(default_factory=dict)

    def put_image(self, repository: str, tag: str, image: MadeImage) -> None:
        """Put an image there, by plain HTTP requests and none of our own code."""
        for digest, data in image.blobs.items():
            self._put_blob(repository, digest, data)
        self.put_manifest(repository, tag, image.manifest_bytes, image.manifest.media_type)

    def put_manifest(self, repository: str, tag: str, data: bytes, media_type: str) -> None:
        self._request("PUT", f"/v2/{repository}/manifests/{tag}", data, {"Content-Type": media_type})

    def blob_file(self, digest: Digest) -> Path:
        """Where the registry keeps a blob."""
        return self.root / "docker/registry/v2/blobs/sha256" / digest.hex[:2] / digest.hex / "data"

    def log_text(self) -> str:
        return (self.root / "log").read_text()

    def _put_blob(self, repository: str, digest: Digest, data: bytes) -> None:
        location = self._request("POST", f"/v2/{repository}/blobs/uploads/", b"", {})
        mark = "&" if "?" in location else "?"
        self._request("PUT", f"{location}{mark}digest={digest}", data, {"Content-Type": "application/octet-stream"})

    def _request(self, method: str, url: str, data: bytes, headers: dict[str, str]) -> str:
        if url.startswith("/"):
            url = f"{self.scheme}://{self.host}{url}"
        request = urllib.request.Request(url, data=data, method=method, headers={**self.headers, **headers})
        with urllib.request.urlopen(request) as response:
            return str(response.headers.get("Location", ""))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_registry(folder: Path, *, auth: str = "", tls: tuple[Path, Path] | None = None) -> Iterator[Registry]:
    """Start docker-registry with its data in ``folder``; ``auth`` is a YAML block of its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(5):
        port = free_port()
        lines = [
            "version: 0.1",
            "log: {level: warn, accesslog: {disabled: false}}",
            f"storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}",
            "http:",
            f"  addr: 127.0.0.1:{port}",
            "  secret: tests",
        ]
        if tls:
            lines += ["  tls:", f"    certificate: {tls[0]}", f"    key: {tls[1]}"]
        config = folder / "config.yml"
        config.write_text("\n".join(lines) + "\n" + auth)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
        try:
            if _wait_for_port(port, process):
                yield Registry(host=f"127.0.0.1:{port}", root=folder, scheme="https" if tls else "http")
                return
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
    raise AssertionError(f"docker-registry does not start: {(folder / 'log').read_text()}")


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> bool:
    for _ in range(500):
        if process.poll() is not None:
            return False
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def htpasswd_auth(folder: Path) -> str:
    """The configuration of a registry that knows one user."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "htpasswd"
    path.write_text(_HTPASSWD + "\n")
    return f"auth:\n  htpasswd:\n    realm: tests\n    path: {path}\n"


_TLS_HANDSHAKE = b"\x16"


class Handler(BaseHTTPRequestHandler):
    """A request handler that keeps quiet and gives up on a client that does not speak plain HTTP."""

    timeout = 5
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        if self.connection.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, status: int, document: object, **headers: str) -> None:
        self.answer(status, json.dumps(document).encode(), Content_Type="application/json", **headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, handler: type[Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End connections that clients keep for later, so that nobody waits for them."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that a client breaks off is part of the tests."""


@contextmanager
def running_server(handler: type[Handler]) -> Iterator[str]:
    """Serve HTTP on loopback; gives host:port."""
    server = _Server(handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


def serving(answer: Callable[[Handler], None]) -> type[Handler]:
    """A handler class that answers every request with this function."""

    def do(handler: Handler) -> None:
        answer(handler)

    return type("Serving", (Handler,), {"do_GET": do, "do_HEAD": do, "do_POST": do, "do_PUT": do})
