"""Git repositories for tests, and real servers for them on the loopback: smart and dumb HTTP, and git daemon."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT_SECONDS = 1_234_567_890
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "c",
    "GIT_COMMITTER_EMAIL": "c@example.com",
    "GIT_AUTHOR_DATE": f"{COMMIT_SECONDS} +0000",
    "GIT_COMMITTER_DATE": f"{COMMIT_SECONDS} +0000",
    "LC_ALL": "C",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git in a folder, with nothing of the user's settings; returns what it writes."""
    command = ["git", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(command, cwd=folder, env=_ENVIRONMENT, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository with a work tree, below the folder that a server serves as ``NAME/.git``."""

    path: Path

    @classmethod
    def create(cls, path: Path, files: Mapping[str, str], *, object_format: str = "sha1") -> Repository:
        """A new one with one commit on ``main``."""
        path.mkdir(parents=True)
        git(path, "init", "-q", f"--object-format={object_format}")
        repository = cls(path=path)
        repository.commit(files)
        return repository

    def commit(self, files: Mapping[str, str], message: str = "x") -> str:
        """Write files and commit everything; returns the commit."""
        for name, content in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("update-server-info")
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git in the work tree."""
        return git(self.path, *arguments, stdin=stdin)


@dataclass
class GitServer:
    """A web server; ``dumb`` ones know nothing of git, and have the file ``index`` for ``/``."""

    url: str
    dumb: bool = False
    authorization: str = ""
    """Where it is set, requests without it are refused."""
    requests: list[str] = field(default_factory=list)


@contextmanager
def serving_git(root: Path, *, dumb: bool = False) -> Iterator[GitServer]:
    """Serve the repositories below ``root`` by HTTP: by ``git http-backend``, or as plain files."""
    server: GitServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding", "") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(body)

        def _answer(self, body: bytes) -> None:
            server.requests.append(f"{self.command} {self.path}")
            if server.authorization and self.headers.get("Authorization", "") != server.authorization:
                self._send(401, {"WWW-Authenticate": "Basic"}, b"")
            elif server.dumb:
                file = root / (self.path.partition("?")[0].lstrip("/") or "index")
                self._send(*((200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"")))
            else:
                self._run(body)

        def _run(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            variables = {
                **_ENVIRONMENT,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": "127.0.0.1",
            }
            command = ["git", "-c", "safe.directory=*", "http-backend"]
            done = subprocess.run(command, env=variables, input=body, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self._send(int(headers.pop("Status", "200").split()[0]), headers, content)

        def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server = GitServer(url=f"http://127.0.0.1:{listening.server_address[1]}", dumb=dumb)
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


@contextmanager
def git_daemon(root: Path) -> Iterator[str]:
    """Serve the repositories below ``root`` by git daemon; yields the beginning of their URLs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["git", "-c", "safe.directory=*", "daemon", "--listen=127.0.0.1", f"--port={port}", "--export-all"]
    process = subprocess.Popen(
        [*command, "--reuseaddr", f"--base-path={root}", str(root)],
        env=_ENVIRONMENT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _answers(port):
            assert process.poll() is None, "git daemon did not start"
            time.sleep(0.02)
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def basic(user: str, password: str) -> str:
    """The header of basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
