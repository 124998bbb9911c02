"""Programs that only hand out files are told apart from those that do more."""

from __future__ import annotations

import shlex

import pytest
from tests.analyze.support import file, holding, known, program, symlink, weight_of

from jettison.analyze.base import Base
from jettison.analyze.weight import Weight
from jettison.model.config import RunConfig

SERVER = """
const fs = require("node:fs");
import http from "http";
const ROOT = path.resolve('site');
http.createServer((request, response) => fs.createReadStream(ROOT + request.url).pipe(response)).listen(80);
"""
NODE = [program("usr/bin/node", 9_000_000)]
NGINX = known("nginx:1", [program("usr/sbin/nginx", 1_000_000)], command=("nginx", "-g", "daemon off;"))
BASE = Base(layers=1, history=1, name="node:18")


def weight_with(
    script: str, *more: str, bases: tuple[object, ...] = (NGINX,), cmd: tuple[str, ...] = ("node", "serve.js")
) -> Weight:
    """The weight of an image on node with a site, a script that serves it, and a module."""
    data = script.encode()
    return weight_of(
        NODE,
        [
            holding("app/serve.js", data, mode=0o755),
            file("app/site/index.html", 500),
            file("app/site/style.css", 30),
            file("app/node_modules/marked/marked.js", 4000),
            symlink("usr/local/bin/start", "/app/serve.js"),
            *(file(path, 10) for path in more),
        ],
        contents={"app/serve.js": data},
        run=RunConfig(cmd=cmd, working_dir="/app"),
        base=BASE,
        bases=bases,  # type: ignore[arg-type]
    )


def test_a_web_server_hands_out_the_site() -> None:
    """Nothing else is taken along: neither the runtime nor what made the pages."""
    weight = weight_with(SERVER)
    assert [(part.what, part.size_bytes) for part in weight.prediction.parts] == [
        ("base image nginx:1", 1_000_000),
        ("pages", 530),
    ]
    assert weight.brought_bytes == 1_000_000
    changes = {finding.kind: finding.change for finding in weight.findings}
    assert "FROM nginx:1, COPY --from=build /app/site" in changes["unused-base"]
    assert changes.keys() == {"unused-base", "site-sources"}


@pytest.mark.parametrize(
    "script",
    [
        SERVER + 'require("express")',
        SERVER + 'import db from "./db.js"',
        SERVER + "await import('child_process')",
        SERVER + "response.end(JSON.stringify(state))",
        SERVER + 'request.on("data", take)',
        SERVER + 'if (request.method === "POST") take()',
        SERVER.replace("'site'", "'nowhere'"),
        SERVER.replace("createServer", "request"),
        SERVER.replace("createReadStream", "stat"),
        "",
    ],
)
def test_a_program_that_may_do_more_stays(script: str) -> None:
    """Other modules, answers that are computed, what is sent to it, no folder of pages."""
    weight = weight_with(script)
    assert not weight.prediction.is_new_base


def test_a_folder_with_anything_else_is_no_site() -> None:
    """A data base beside the pages may be what it is about."""
    assert not weight_with(SERVER, "app/site/users.sqlite").prediction.is_new_base


def test_two_sites_are_none() -> None:
    """Nobody can tell which one is meant."""
    assert not weight_with(SERVER + "'other'", "app/other/index.html").prediction.is_new_base


def test_without_a_known_web_server_the_program_stays() -> None:
    """A size that nobody knows is not predicted."""
    assert not weight_with(SERVER, bases=()).prediction.is_new_base
    shell = known("debian:12", [program("bin/sh", 10)], command=("sh",))
    assert not weight_with(SERVER, bases=(shell,)).prediction.is_new_base


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("python3 -m http.server 8000", "site"),
        ("python3 -m http.server --directory /app/site", "site"),
        ("python3 -m http.server --directory=site -b 0.0.0.0", "site"),
        ("npx serve -s site", "site"),
        ("vite preview --host", "dist"),
        ("vite preview --outDir=site", "site"),
        ("hugo server", "public"),
        ("mkdocs serve -a 0.0.0.0:80", "site"),
        ("sh -c 'exec mkdocs serve'", "site"),
        ("vite", ""),
        ("vite build", ""),
        ("python3 -m flask run", ""),
        ("python3 -m", ""),
        ("serve /nowhere", ""),
    ],
)
def test_servers_that_do_nothing_else_are_known(command: str, folder: str) -> None:
    """By their command line; the folder that it names goes before the usual one, and has to hold pages."""
    words = tuple(shlex.split(command))
    name = folder or "site"
    weight = weight_of(
        [
            *NODE,
            *(
                program(f"usr/bin/{each}", 9_000_000)
                for each in ("python3", "npx", "serve", "vite", "hugo", "mkdocs", "sh")
            ),
        ],
        [file(f"app/{name}/index.html", 500), file("app/node_modules/m/m.js", 10)],
        run=RunConfig(cmd=words, working_dir="/app/site" if "8000" in command else "/app"),
        base=BASE,
        bases=(NGINX,),
    )
    changes = [finding.change for finding in weight.findings if finding.kind == "unused-base"]
    assert any(f"FROM nginx:1, COPY --from=build /app/{folder} " in change for change in changes) is bool(folder)


def test_the_folder_of_pages_of_the_server_is_named() -> None:
    """Where its image has one; the change can be typed as it stands."""
    server = known(
        "nginx:1", [program("usr/sbin/nginx", 1000), file("usr/share/nginx/html/50x.html", 10)], command=("nginx",)
    )
    (change,) = {finding.change for finding in weight_with(SERVER, bases=(server,)).findings if finding.in_base}
    assert "COPY --from=build /app/site /usr/share/nginx/html" in change
