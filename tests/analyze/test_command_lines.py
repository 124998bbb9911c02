"""Which commands a command line starts."""

from __future__ import annotations

import json

import pytest

from jettison.analyze.command_lines import CommandLines

SCRIPTS = {
    "docker-entrypoint.sh": '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then set -- node "$@"; fi\n  exec "$@"\n',
    "drops": '#!/bin/bash\nexec gosu "$OWNER" "$@"\n',
    "plain": '#!/bin/sh\nexec server --verbose "$@"\n',
    "by-variable": '#!/bin/sh\nexec "$SERVER" -v "$@"\nexec java $OPTIONS -jar x "$@"\n',
    "loop": '#!/bin/sh\nexec "$@"\n',
}
MANIFEST = json.dumps(
    {"scripts": {"start": "NODE_ENV=production node server.js", "preview": "vite build && vite preview", "odd": 1}}
)


@pytest.mark.parametrize(
    ("words", "commands"),
    [
        ("server --port 80", ["server --port 80"]),
        ("", []),
        ("sh -c 'prepare; exec server -v'", ["sh", "prepare", "server -v"]),
        ("sh start.sh", ["sh start.sh"]),
        ("tini -- server", ["tini", "server"]),
        ("tini -s server -v", ["tini", "server -v"]),
        ("dumb-init --rewrite=1 server", ["dumb-init", "server"]),
        ("env A=1 B=2 server", ["env", "server"]),
        ("gosu nobody server a", ["gosu", "server a"]),
        ("tini", ["tini"]),
        ("docker-entrypoint.sh node a.js", ["docker-entrypoint.sh", "node a.js"]),
        ("tini -- drops sh -c 'exec server'", ["tini", "drops", "sh", "server"]),
        ("plain node a.js", ["plain", "server --verbose node a.js"]),
        ("plain", ["plain", "server --verbose"]),
        ("by-variable", ["by-variable"]),
        ("docker-entrypoint.sh", ["docker-entrypoint.sh"]),
        (" ".join(["loop"] * 50), ["loop"] * 9 + [" ".join(["loop"] * 41)]),
        ("npm start", ["npm", "node server.js"]),
        ("npm run preview -- --port 80", ["npm", "vite build", "vite preview --port 80"]),
        ("yarn preview", ["yarn", "vite build", "vite preview"]),
        ("npm ci", ["npm ci"]),
        ("npm run odd", ["npm run odd"]),
        ("npx --yes serve -s build", ["npx", "serve -s build"]),
        ("sh -c 'a \"'", ["sh -c 'a \"'"]),
    ],
)
def test_what_is_started(words: str, commands: list[str]) -> None:
    """The last is the program; what is around it is started, too."""
    import shlex

    lines = CommandLines(lambda name: SCRIPTS.get(name, ""), lambda: MANIFEST)
    assert [shlex.join(command) for command in lines.commands(shlex.split(words))] == commands


@pytest.mark.parametrize("manifest", ["", "[]", "{", "[" * 100_000, '{"scripts": []}'])
def test_a_manifest_that_is_none(manifest: str) -> None:
    """The package manager stays the program."""
    assert CommandLines(lambda name: "", lambda: manifest).commands(["npm", "start"]) == [["npm", "start"]]


def test_a_hostile_entry_point_ends_soon() -> None:
    """Neither blanks without end nor words without end are looked at twice."""
    for text in (" " * 65_536, "\n" * 65_536, "exec " + "a " * 30_000, "tini " * 13_000):
        lines = CommandLines(lambda name, text=text: text, lambda: "")  # type: ignore[misc]
        assert lines.commands(["x", "y"]) == [["x", "y"]]
    manifest = json.dumps({"scripts": {"start": " && ".join(["npm start"] * 150)}})
    assert len(CommandLines(lambda name: "", lambda: manifest).commands(["npm", "start"])) <= 200
