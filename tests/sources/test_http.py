"""Fetching files from servers that are odd, slow to the point, or hostile."""

from __future__ import annotations

import base64
import gzip
import io
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jettison.errors import BuildError
from jettison.sources.access import RemoteAccess
from jettison.sources.http import Response, Validators, fetch_url

Answer = tuple[int, dict[str, str], bytes]


class Web:
    """A server whose answers are functions of the request."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], Answer]] = {}
        self.requests: list[BaseHTTPRequestHandler] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.requests.append(self)
                answer = web.answers.get(self.path)
                status, headers, body = (404, {}, b"") if answer is None else answer(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.listening.server_address[1]}"
        self.url = f"http://{self.host}"


@pytest.fixture
def webs() -> Iterator[tuple[Web, Web]]:
    """Two servers."""
    made = Web(), Web()
    threads = [threading.Thread(target=web.listening.serve_forever, args=(0.01,)) for web in made]
    for thread in threads:
        thread.start()
    yield made
    for web, thread in zip(made, threads, strict=True):
        web.listening.shutdown()
        thread.join()
        web.listening.server_close()


@pytest.fixture
def web(webs: tuple[Web, Web]) -> Web:
    return webs[0]


def fetch(url: str, known: Validators | None = None, access: RemoteAccess | None = None) -> tuple[bytes, Response]:
    sink = io.BytesIO()
    response = fetch_url(url, sink, known, access=access)
    return sink.getvalue(), response


def test_redirects(webs: tuple[Web, Web]) -> None:
    """Relative and absolute ones are followed; credentials stay with the host that they are for."""
    web, other = webs
    web.answers["/a"] = lambda request: (302, {"Location": "/b?x#y"}, b"")
    web.answers["/b?x"] = lambda request: (307, {"Location": f"{other.url}/c"}, b"")
    other.answers["/c"] = lambda request: (200, {}, b"found")
    assert fetch(f"http://user:secret@{web.host}/a")[0] == b"found"
    sent = [request.headers["Authorization"] for request in (*web.requests, *other.requests)]
    assert sent == [sent[0], sent[0], None]
    assert base64.b64decode(str(sent[0]).split()[1]) == b"user:secret"


def test_redirects_that_lead_nowhere(web: Web) -> None:
    """In circles, to files of this machine, to nothing."""
    web.answers["/circle"] = lambda request: (301, {"Location": "/circle"}, b"")
    web.answers["/file"] = lambda request: (301, {"Location": "file:///etc/passwd"}, b"")
    web.answers["/none"] = lambda request: (301, {}, b"")
    web.answers["/address"] = lambda request: (301, {"Location": "http://[::1"}, b"")
    with pytest.raises(BuildError, match="more than 10 redirects"):
        fetch(f"{web.url}/circle")
    with pytest.raises(BuildError, match="no web address: file:///etc/passwd"):
        fetch(f"{web.url}/file")
    with pytest.raises(BuildError, match=r"no web address: http://\[::1"):
        fetch(f"{web.url}/address")
    with pytest.raises(BuildError, match="answered 301"):
        fetch(f"{web.url}/none")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"", "the server closed the connection without an answer", id="nothing"),
        pytest.param(b"\0\1garbage\r\n\r\n", "what the server answered is not HTTP", id="garbage"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", "what the server answered is not HTTP", id="header"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nplaintext",
            "the server says that it compressed the file by gzip, and did not",
            id="gzip",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "the connection ended before the file did", id="short"
        ),
    ],
)
def test_answers_that_are_none(answer: bytes, reason: str) -> None:
    """What is wrong is said in words, not in Python's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(BuildError) as raised:
                fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/f")
        finally:
            thread.join()
    assert raised.value.message.endswith(f": {reason}")


def test_secrets(web: Web) -> None:
    """HTTP_AUTH_TOKEN and HTTP_AUTH_HEADER with the host's name."""
    web.answers["/a"] = lambda request: (200, {}, str(request.headers["Authorization"]).encode())
    for name, value, expected in (("TOKEN", b"t0\n", b"Bearer t0"), ("HEADER", b"Basic x", b"Basic x")):
        access = RemoteAccess(secret={f"HTTP_AUTH_{name}_127.0.0.1": value}.get)
        assert fetch(f"{web.url}/a", access=access)[0] == expected


def test_proxies(webs: tuple[Web, Web]) -> None:
    """The proxy is asked with the whole URL, for the hosts that it is for."""
    proxy, web = webs
    proxy.answers["http://example.invalid/a"] = lambda request: (200, {}, b"by proxy")
    web.answers["/a"] = lambda request: (302, {"Location": "http://example.invalid/a"}, b"")

    def proxy_of(scheme: str, host: str) -> str | None:
        return proxy.url if host == "example.invalid" else None

    assert fetch(f"{web.url}/a", access=RemoteAccess(proxy_of=proxy_of))[0] == b"by proxy"


def test_lengths(web: Web) -> None:
    """A body that ends too early is an error; one without a length ends with the connection."""
    web.answers["/short"] = lambda request: (200, {"Content-Length": "10"}, b"12345")
    web.answers["/long"] = lambda request: (200, {"Content-Length": "3"}, b"12345")
    web.answers["/free"] = lambda request: (200, {}, b"12345")
    web.answers["/odd"] = lambda request: (200, {"Content-Length": "-1"}, b"12345")
    with pytest.raises(BuildError, match="the connection ended before the file did"):
        fetch(f"{web.url}/short")
    assert fetch(f"{web.url}/long")[0] == b"123"
    assert fetch(f"{web.url}/free")[0] == fetch(f"{web.url}/odd")[0] == b"12345"


def test_compression_for_the_way(web: Web) -> None:
    """What comes as ``Content-Encoding: gzip`` is unpacked; a ``.gz`` that is the file itself is not."""
    data = gzip.compress(b"plain")
    web.answers["/way"] = lambda request: (200, {"Content-Encoding": "gzip"}, data)
    web.answers["/file.gz"] = lambda request: (200, {"Content-Type": "application/gzip"}, data)
    web.answers["/broken"] = lambda request: (200, {"Content-Encoding": "gzip"}, b"no gzip")
    assert fetch(f"{web.url}/way")[0] == b"plain"
    assert fetch(f"{web.url}/file.gz")[0] == data
    with pytest.raises(BuildError, match="cannot fetch"):
        fetch(f"{web.url}/broken")


def test_asking_whether_it_changed(web: Web) -> None:
    """By ETag and by date; a server that answers 304 unasked is refused."""
    web.answers["/a"] = lambda request: (
        (304, {}, b"") if request.headers["If-None-Match"] == '"e"' else (200, {"ETag": '"e"'}, b"a")
    )
    web.answers["/unasked"] = lambda request: (304, {}, b"")
    _, first = fetch(f"{web.url}/a")
    assert first.validators == Validators(etag='"e"')
    assert fetch(f"{web.url}/a", first.validators) == (b"", Response(validators=first.validators, unchanged=True))
    with pytest.raises(BuildError, match="304"):
        fetch(f"{web.url}/unasked")


@pytest.mark.parametrize(
    ("text", "seconds"), [("Fri, 13 Feb 2009 23:31:30 GMT", 1234567890), ("", 0), ("yesterday", 0), ("Fri, 99", 0)]
)
def test_times(text: str, seconds: int) -> None:
    """Dates that are none are the beginning of time."""
    assert Validators(last_modified=text).mtime_ns == seconds * 10**9


def test_errors(web: Web) -> None:
    """The status and the server's word for it, on one line and without the password."""
    web.answers["/gone"] = lambda request: (410, {}, b"")
    with pytest.raises(BuildError, match=r"/no: the server answered 404 Not Found$"):
        fetch(f"http://user:secret@{web.host}/no")
    with pytest.raises(BuildError, match="410 Gone"):
        fetch(f"{web.url}/gone")
    with pytest.raises(BuildError, match=r"cannot fetch http://127\.0\.0\.1:9/x: Connection refused$") as caught:
        fetch("http://user:secret@127.0.0.1:9/x")
    assert "secret" not in str(caught.value)
