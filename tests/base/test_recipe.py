"""Recipes: what TOML says becomes values, and what it should not say becomes an error that names the key."""

from __future__ import annotations

import pytest

from jettison.base.recipe import Mode, Recipe, parse_recipes
from jettison.errors import UsageError


def test_every_key_is_read() -> None:
    """A file with all keys gives a recipe with all fields."""
    text = """
[[image]]
name = "golang:1.19"
mode = "slim"
on = "debian:12-slim"
packages = ["golang-go", "gcc=4:12.2.0-3"]
suite = "bookworm"
mirrors = ["https://mirror.example/debian"]
env = { GOPATH = "/go", A = "b=c" }
labels = { z = "1", a = "2" }
user = "65532"
workdir = "/go"
entrypoint = ["/usr/bin/go"]
cmd = ["version"]
files = { "/etc/motd" = "hello" }
links = { "/usr/bin/cc" = "gcc" }
ca_bundle = "system"
source_date_epoch = 0

[[image]]
name = "other"
mode = "distroless"
"""
    first, second = parse_recipes(text, "r.toml")
    assert first == Recipe(
        name="golang:1.19",
        mode=Mode.SLIM,
        on="debian:12-slim",
        packages=("golang-go", "gcc=4:12.2.0-3"),
        suite="bookworm",
        mirrors=("https://mirror.example/debian",),
        env=(("GOPATH", "/go"), ("A", "b=c")),
        labels=(("a", "2"), ("z", "1")),
        user="65532",
        workdir="/go",
        entrypoint=("/usr/bin/go",),
        cmd=("version",),
        files=(("/etc/motd", "hello"),),
        links=(("/usr/bin/cc", "gcc"),),
        ca_bundle="system",
        source_date_epoch=0,
    )
    assert second == Recipe(name="other", mode=Mode.DISTROLESS)


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("packges = []", "image[0].packges: unknown key", "'packages'"),
        ("xyzzy = 1", "image[0].xyzzy: unknown key", "known keys"),
        ("packages = 'a'", "image[0].packages: expected a list", "[ ]"),
        ("packages = ['ok', 3]", "image[0].packages[1]: expected a text, found 3", ""),
        ("packages = ['Upper']", "image[0]: packages[0]: 'Upper' is not the name", "lower case"),
        ("packages = ['bash-']", "packages[0]: 'bash-'", ""),
        ("packages = ['-o=evil']", "packages[0]: '-o=evil'", ""),
        ("env = 1979-05-27", "image[0].env: expected a table", ""),
        ("env = { '' = 'x' }", "env: '' is not the name", ""),
        ("env = { A = 1 }", "image[0].env.A: expected a text", ""),
        ("suite = 'book worm'", "suite: 'book worm'", "bookworm"),
        ("mirrors = ['nonsense']", "mirrors[0]: 'nonsense'", "deb [signed-by"),
        ('mirrors = ["deb http://x y main\\ndeb http://z"]', "mirrors[0]", ""),
        ("workdir = 'go'", "workdir: 'go' is not an absolute path", ""),
        ("files = { 'etc/x' = '' }", "files: 'etc/x' is not the absolute path", ""),
        ("links = { '/..' = 'x' }", "links: '/..' is not the absolute path", ""),
        ("source_date_epoch = -1", "source_date_epoch: -1", ""),
        ("source_date_epoch = true", "source_date_epoch: expected a whole number, found True", ""),
        ("on = 'UPPER'", "invalid reference 'UPPER'", "lower case"),
        ('cmd = ["a\\u0000b"]', "image[0].cmd[0]", ""),
    ],
)
def test_an_error_names_the_key(body: str, message: str, hint: str) -> None:
    """Whatever is wrong, the error says in which file, which image and which key."""
    with pytest.raises(UsageError) as caught:
        parse_recipes(f'[[image]]\nname = "a"\nmode = "slim"\n{body}\n', "r.toml")
    assert caught.value.message.startswith("r.toml: ")
    if message:
        assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no image is described"),
        ("image = 3", "no image is described"),
        ("image = [3]", "image[0]: expected a table"),
        ("[[images]]", "images: unknown key"),
        ("[[image]]\nmode = 'slim'", "image[0]: the key 'name' is missing"),
        ("[[image]]\nname = 'a'", "image[0]: the key 'mode' is missing"),
        ("[[image]]\nname = 'a'\nmode = 'tiny'", "image[0].mode: 'tiny' is not a mode"),
        ("[[image", "not valid TOML"),
        (
            "[[image]]\nname='a'\nmode='slim'\n[[image]]\nname='a:latest'\nmode='slim'",
            "image[1].name: 'a:latest' is described twice",
        ),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text: str, message: str) -> None:
    """Files of another kind, or without what every image needs, are refused."""
    with pytest.raises(UsageError, match=r"r\.toml") as caught:
        parse_recipes(text, "r.toml")
    assert message in caught.value.message
