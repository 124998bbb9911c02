"""Runs an image and compares what it says with what the example promises."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import time

from demo.cases import Check, CheckKind
from demo.command import DemoError, Jettison

_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


def check_image(jettison: Jettison, image: str, check: Check) -> None:
    """Run the image as the check says; raises :class:`DemoError` where it does not do what it should."""
    log = "run-" + image.replace("/", "-").replace(":", "-")
    if check.kind is CheckKind.PRINTS:
        answer = _run(jettison, image)
    else:
        answer = _ask(jettison, image, check.path, log)
    missing = check.missing(answer)
    if missing:
        raise DemoError(f"{image}: its answer lacks {missing[0]!r}:\n{answer}")


def _run(jettison: Jettison, image: str) -> str:
    answer = jettison.answer("run", "--rm", image)
    if answer is None:
        raise DemoError(f"{image}: `jettison run --rm {image}` failed")
    return answer


def _ask(jettison: Jettison, image: str, path: str, log: str) -> str:
    port = free_port()
    server = jettison.start(log, "run", "--rm", "-e", f"PORT={port}", image)
    try:
        return _fetch(port, path, server)
    except DemoError as error:
        output = (jettison.logs / f"{log}.log").read_text(errors="replace")
        raise DemoError(f"{image}: {error}\n{output}") from None
    finally:
        _stop(server)


def _fetch(port: int, path: str, server: subprocess.Popen[bytes]) -> str:
    """The page, as soon as the server answers."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise DemoError(f"the server ended with exit code {server.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            page = response.read().decode()
        except (OSError, http.client.HTTPException):
            time.sleep(_PAUSE_SECONDS)
        else:
            if response.status != http.HTTPStatus.OK:
                raise DemoError(f"GET {path} is answered with {response.status} {response.reason}")
            return page
        finally:
            connection.close()
    raise DemoError(f"no answer on port {port} within {_PATIENCE_SECONDS:.0f} s")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
