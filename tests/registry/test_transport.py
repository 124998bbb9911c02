"""Trust, plain http, proxies, and what is said when nobody answers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.registry.support import (
    AMD64,
    Handler,
    Registry,
    free_port,
    make_image,
    running_registry,
    running_server,
    serving,
)

from jettison.errors import RegistryError
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.mirrors import RegistriesConf, parse_registries_conf
from jettison.registry.pull import resolve_image
from jettison.registry.settings import NetworkSettings, ProxySettings

IMAGE = make_image(b"layer")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate authority of our own and a certificate for registry.test by it."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    subject = ("-subj", "/CN=tests' authority", "-days", "2", "-nodes", "-newkey", "rsa:2048")
    openssl("req", "-x509", *subject, "-keyout", "ca.key", "-out", "ca.crt")
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry.test", "-keyout", "key.pem", "-out", "csr.pem"
    )
    (folder / "san").write_text("subjectAltName=DNS:registry.test\n")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san")
    openssl("x509", "-req", "-in", "csr.pem", *signing, "-out", "cert.pem")
    return folder


@pytest.fixture(scope="module")
def secure_registry(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("secure")
    with running_registry(folder, tls=(authority / "cert.pem", authority / "key.pem")) as registry:
        yield registry


@pytest.fixture(autouse=True)
def registry_test_is_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """registry.test is this machine: a name that is not loopback, so that certificates are checked."""
    import socket

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real("127.0.0.1" if host == "registry.test" else host, *rest, **more),
    )


def client_of(
    text: str = "", *, certificate_dirs: tuple[Path, ...] = (), proxies: ProxySettings | None = None
) -> RegistryClient:
    conf = RegistriesConf(registries=parse_registries_conf(text, "registries.conf"))
    settings = NetworkSettings(
        pause_seconds=0.01,
        connect_timeout_seconds=5,
        certificate_dirs=certificate_dirs,
        proxies=proxies or ProxySettings(),
    )
    return RegistryClient(conf=lambda: conf, settings=settings)


def name_of(registry: Registry) -> str:
    return registry.host.replace("127.0.0.1", "registry.test")


def test_an_unknown_authority_is_not_trusted(secure_registry: Registry) -> None:
    """The error names the host, OpenSSL's reason, and where to put the authority's certificate."""
    host = name_of(secure_registry)
    with client_of() as client, pytest.raises(RegistryError, match=f"cannot trust {host}: .*certificate") as caught:
        client.fetch_manifest(Reference.parse(f"{host}/a:b"))
    assert f"/etc/containers/certs.d/{host}/ca.crt" in str(caught.value.hint)


def test_an_authority_in_certs_d_is_trusted(secure_registry: Registry, authority: Path, tmp_path: Path) -> None:
    """containers-certs.d(5): one folder a host."""
    host = name_of(secure_registry)
    (tmp_path / host).mkdir()
    (tmp_path / host / "ca.crt").write_bytes((authority / "ca.crt").read_bytes())
    insecure = f'[[registry]]\nlocation = "{host}"\ninsecure = true'
    for client in (client_of(certificate_dirs=(tmp_path / "none", tmp_path)), client_of(insecure)):
        with client, pytest.raises(RegistryError, match="404 MANIFEST_UNKNOWN"):
            client.fetch_manifest(Reference.parse(f"{host}/a:b"))


def test_a_broken_certificate_file_is_named(secure_registry: Registry, tmp_path: Path) -> None:
    """The user's own file is at fault, not the registry."""
    host = name_of(secure_registry)
    (tmp_path / host).mkdir()
    (tmp_path / host / "ca.crt").write_text("no certificate")
    with (
        client_of(certificate_dirs=(tmp_path,)) as client,
        pytest.raises(RegistryError, match=r"certificate .*ca\.crt"),
    ):
        client.fetch_manifest(Reference.parse(f"{host}/a:b"))


def test_loopback_registries_need_no_trust(secure_registry: Registry) -> None:
    """As docker does it: 127.0.0.0/8 and localhost may have any certificate, or none."""
    with client_of() as client, pytest.raises(RegistryError, match="404 MANIFEST_UNKNOWN"):
        client.fetch_manifest(Reference.parse(f"{secure_registry.host}/a:b"))


def test_plain_http_needs_to_be_allowed(registry: Registry) -> None:
    """The hint says how; ``insecure = true`` then does it."""
    registry.put_image("plain", "v1", IMAGE)
    host = name_of(registry)
    reference = Reference.parse(f"{host}/plain:v1")
    with client_of() as client, pytest.raises(RegistryError, match=f"{host}: it does not speak TLS") as caught:
        client.fetch_manifest(reference)
    assert "insecure = true" in str(caught.value.hint)
    with client_of(f'[[registry]]\nlocation = "{host}"\ninsecure = true') as client:
        assert resolve_image(client, reference, AMD64).manifest == IMAGE.manifest


def test_nobody_there(registry: Registry) -> None:
    """Refused connections and unknown names, told apart."""
    port = free_port()
    with client_of() as client:
        with pytest.raises(RegistryError, match=f"cannot reach 127.0.0.1:{port}: Connection refused"):
            client.fetch_manifest(Reference.parse(f"127.0.0.1:{port}/a:b"))
        with pytest.raises(RegistryError, match=r"cannot reach nobody\.invalid: there is no such host"):
            client.fetch_manifest(Reference.parse("nobody.invalid/a:b"))


def test_no_answer_in_time() -> None:
    """A server that accepts and says nothing."""
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        settings = NetworkSettings(
            connect_timeout_seconds=0.2, read_timeout_seconds=0.2, attempts=2, pause_seconds=0.01
        )
        late = pytest.raises(RegistryError, match=f"cannot reach {host}: it did not answer in time")
        with RegistryClient(settings=settings) as client, late:
            client.fetch_manifest(Reference.parse(f"{host}/a:b"))


def test_a_proxy_is_used(registry: Registry) -> None:
    """A plain http registry by way of a proxy that wants a password."""
    registry.put_image("proxied", "v1", IMAGE)
    seen: list[str] = []

    def proxy(handler: Handler) -> None:
        seen.append(handler.headers.get("Proxy-Authorization", ""))
        if handler.path.startswith("http://registry.example/v2/proxied/manifests"):
            handler.answer(200, IMAGE.manifest_bytes)
        else:
            handler.answer(200)

    with running_server(serving(proxy)) as host:
        proxies = ProxySettings(http=f"http://me:secret@{host}")
        text = '[[registry]]\nlocation = "registry.example"\ninsecure = true'
        with client_of(text, proxies=proxies) as client:
            assert client.fetch_manifest(Reference.parse("registry.example/proxied:v1")).data == IMAGE.manifest_bytes
    assert set(seen) == {"Basic bWU6c2VjcmV0"}


def test_a_dead_proxy_is_named() -> None:
    """The proxy is at fault, and its password is not told."""
    proxies = ProxySettings(https=f"http://me:secret@127.0.0.1:{free_port()}")
    with client_of(proxies=proxies) as client, pytest.raises(RegistryError, match="the proxy failed") as caught:
        client.fetch_manifest(Reference.parse("registry.example/a:b"))
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("exceptions", "host", "direct"),
    [
        ((), "r.example", False),
        ((), "localhost:5000", True),
        ((), "127.3.4.5", True),
        ((), "[::1]:5000", True),
        (("*",), "r.example", True),
        (("r.example",), "r.example:5000", True),
        (("r.example:5000",), "r.example:5000", True),
        (("r.example:5000",), "r.example:6000", False),
        (("example",), "r.example", True),
        ((".example",), "r.example", True),
        (("*.example",), "r.example", True),
        (("xample",), "r.example", False),
        (("10.0.0.0/8",), "10.2.3.4:5000", True),
        (("10.0.0.0/8",), "11.2.3.4:5000", False),
        (("", " other , "), "r.example", False),
    ],
)
def test_no_proxy(exceptions: tuple[str, ...], host: str, direct: bool) -> None:
    """NO_PROXY as Go reads it; loopback never goes through a proxy."""
    proxies = ProxySettings(https="proxy.example:3128", exceptions=exceptions)
    assert proxies.proxy_of("https", host) == (None if direct else "http://proxy.example:3128")
    assert proxies.proxy_of("http", host) is None
