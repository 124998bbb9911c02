"""What is known of the Dockerfiles in the texts: how each is built here, or why it is not.

The texts are not part of the project; their Dockerfiles are known here by number alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STAND_INS: Mapping[str, str] = {
    "alpine:3.19": "FROM busybox:1.35",
    # Before Go 1.11 there were no modules.
    "golang:1.10.3": "FROM golang:1.19\nENV GO111MODULE=off",
    "golang:1.22-alpine": "FROM golang:1.19",
    "nginx:alpine": "FROM nginx:1.22",
    "node:14": "FROM node:18",
    "node:14-alpine": "FROM node:18",
    "python:3.9-slim": "FROM python:3.11-slim",
    "quay.io/coreos/etcd:v3.3.9": (
        "FROM debian:12-slim\nRUN printf '#!/bin/sh\\necho etcd here\\n' > /usr/local/bin/etcd && chmod 755 /usr/local/bin/etcd"
    ),
    "ubuntu:16.04": "FROM debian:12-slim",
    "ubuntu:latest": "FROM debian:12-slim",
}
"""Images that the texts start from -> a Dockerfile of one that is made here and offers the same."""

GO_PROGRAM = 'package main\n\nfunc main() { println("under way") }\n'
PACKAGE_JSON = '{"name": "pages", "version": "1.0.0", "scripts": {"build": "node build.js"}}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one Dockerfile is built and looked at."""

    context: Mapping[str, str]
    """Path -> content of the build context."""
    command: tuple[str, ...] = ()
    """What is run in the image instead of its own command."""
    prints: str = ""
    """Part of what the container prints, on either stream."""


BUILT: Mapping[str, Plan] = {
    "000-1": Plan(
        context={"requirements.txt": "itsdangerous==2.2.0\n", "app.py": "import itsdangerous\nprint('ran with', itsdangerous.__name__)\n"},
        prints="ran with itsdangerous",
    ),
    "001-1": Plan(context={"server.go": GO_PROGRAM}, prints="under way"),
    "001-2": Plan(context={"server.go": GO_PROGRAM}, prints="under way"),
    "001-3": Plan(context={}, command=("/usr/local/bin/etcd",), prints="etcd here"),
    "002-2": Plan(context={"go.mod": "module example/app\n\ngo 1.19\n", "cmd/server/main.go": GO_PROGRAM}, prints="under way"),
    "002-4": Plan(
        context={"go.mod": "module example/app\n\ngo 1.19\n", "cmd/server/main.go": GO_PROGRAM},
        command=("./server",),
        prints="under way",
    ),
    "002-8": Plan(context={}, command=("/bin/busybox", "echo", "runs"), prints="runs"),
    "004-1": Plan(context={}, command=("sh", "-c", "command -v curl vim && ls /var/lib/apt/lists | wc -l"), prints="curl"),
    "004-2": Plan(
        context={"package.json": PACKAGE_JSON, "build.js": "require('fs').mkdirSync('dist/temp', {recursive: true}); require('fs').writeFileSync('dist/page.html', 'served')\n"},
        command=("sh", "-c", "cat /usr/share/nginx/html/page.html; test ! -e /usr/share/nginx/html/temp"),
        prints="served",
    ),
}  # fmt: skip

NOT_BUILT: Mapping[str, str] = {
    "000-2": "a piece without FROM; downloads from a host that does not exist",
    "000-3": "a piece without FROM; downloads from a host that does not exist",
    "000-4": "a piece without FROM",
    "000-5": "a piece without FROM",
    "001-4": "pip is told to use a mirror that is not reachable",
    "001-5": "pip is told to use a mirror that is not reachable",
    "002-1": "apk and Go are told to use mirrors that are not reachable",
    "002-5": "a piece without FROM",
    "002-6": "a piece without FROM, abridged",
    "002-7": "a piece without FROM",
    "003-1": "dnf and a mirror of Rocky Linux are needed",
    "003-2": "dnf and a mirror of Rocky Linux are needed",
    "003-3": "dnf and a mirror of Rocky Linux are needed",
    "003-4": "a piece without FROM, with packages that do not exist",
}

REFUSED: Mapping[str, str] = {
    "002-3": "COPY",
    "004-3": "npm install",
}
"""Dockerfiles that are wrong -> a word of the message.

002-3 has a comment behind an instruction, which is none. 004-3 runs `npm install` before there is a package.json.
"""
