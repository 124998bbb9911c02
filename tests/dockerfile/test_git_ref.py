"""References to git repositories: each case is a text and what it means, or why it means nothing."""

from __future__ import annotations

import pytest

from jettison.dockerfile.git_ref import GitRef, is_commit, parse_git_ref
from jettison.errors import UsageError

KIT = "https://github.com/moby/buildkit.git"
SCP = "git@github.com:moby/buildkit.git"

NONE = (
    "https://example.com/",
    "https://example.com/foo",
    "https://example.com/foo.git/",
    "https://example.com/foo.git.bar",
    "http://github.com/docker/docker.git:#branch",
    "custom.xyz/moby/buildkit.git",
    "./.git",
    "../x@y:z",
    ".git",
    "file:///srv/repo.git",
    "ext::sh -c id",
    "ext://x/y.git",
    "https://exam ple.com/foo.git",
    "git@host:a\nb",
    "-o@",
)

GOOD = {
    "https://example.com/foo.git": GitRef(remote="https://example.com/foo.git"),
    "HTTPS://example.com/foo.git": GitRef(remote="https://example.com/foo.git"),
    "https://example.com/a b.git": GitRef(remote="https://example.com/a%20b.git"),
    "https://foo:bar@github.com/a.git": GitRef(remote="https://foo:bar@github.com/a.git"),
    "https://example.com/foo.git#deadbeef": GitRef(remote="https://example.com/foo.git", ref="deadbeef"),
    f"{KIT}#baz/qux:quux/quuz": GitRef(remote=KIT, ref="baz/qux", subdir="quux/quuz"),
    f"{KIT}#a%2Fb": GitRef(remote=KIT, ref="a/b"),
    f"{KIT}#:folder": GitRef(remote=KIT, subdir="folder"),
    f"{KIT}#:../../etc": GitRef(remote=KIT, subdir="etc"),
    f"{KIT}?ref=v1&subdir=/subdir": GitRef(remote=KIT, ref="v1", subdir="subdir"),
    f"{KIT}?subdir=../..": GitRef(remote=KIT),
    f"{KIT}?tag=v1": GitRef(remote=KIT, ref="refs/tags/v1"),
    f"{KIT}?tag=refs/tags/v1": GitRef(remote=KIT, ref="refs/tags/v1"),
    f"{KIT}?branch=v1": GitRef(remote=KIT, ref="refs/heads/v1"),
    f"{KIT}?ref=v1#v1": GitRef(remote=KIT, ref="v1"),
    f"{KIT}?commit=abc": GitRef(remote=KIT, checksum="abc"),
    f"{KIT}?mtime=commit": GitRef(remote=KIT, commit_times=True),
    f"{KIT}?mtime=checkout": GitRef(remote=KIT),
    f"{KIT}?submodules=false&keep-git-dir": GitRef(remote=KIT, submodules=False, keep_git_dir=True),
    f"{KIT}?submodules&keep-git-dir=F": GitRef(remote=KIT, submodules=True, keep_git_dir=False),
    f"{KIT}?fetch-by-commit&checksum={'a' * 40}#refs/heads/b": GitRef(
        remote=KIT, ref="refs/heads/b", checksum="a" * 40, fetch_by_commit=True
    ),
    "git://example.com/foo": GitRef(remote="git://example.com/foo"),
    "ssh://git@example.com:2222/foo#v1": GitRef(remote="ssh://git@example.com:2222/foo", ref="v1"),
    "git@github.com:moby/buildkit": GitRef(remote="git@github.com:moby/buildkit"),
    "user_1@host:repo#v1:dir": GitRef(remote="user_1@host:repo", ref="v1", subdir="dir"),
    f"{SCP}?subdir=/subdir#v1": GitRef(remote=SCP, ref="v1", subdir="subdir"),
    "github.com/moby/buildkit": GitRef(remote="https://github.com/moby/buildkit", is_shorthand=True),
    "github.com/moby/buildkit?tag=v1": GitRef(
        remote="https://github.com/moby/buildkit", ref="refs/tags/v1", is_shorthand=True
    ),
}

BAD = {
    f"{KIT}?ref=a#b": "ref conflicts: 'b' vs 'a'",
    f"{KIT}?ref=a&tag=b": "ref conflicts: 'a' vs 'refs/tags/b'",
    f"{KIT}?tag=a&branch=b": "branch conflicts with tag",
    f"{KIT}?subdir=a#x:b": "subdir conflicts: 'b' vs 'a'",
    f"{KIT}?mtime=now": 'invalid mtime value: \'now\' (must be "checkout" or "commit")',
    f"{KIT}?submodules=maybe": "invalid submodules value: 'maybe'",
    f"{KIT}?keep-git-dir=maybe": "invalid keep-git-dir value: 'maybe'",
    f"{KIT}?ref=a&ref=b": "query 'ref' has multiple values",
    f"{KIT}?ref=": "query 'ref' has no value",
    f"{KIT}?reff=a": "unexpected query 'reff'",
    f"{KIT}?commit=v1": "invalid checksum v1 for Git URL, expected hex commit hash",
    f"{KIT}?fetch-by-commit&commit=abc": "fetch-by-commit requires a full commit",
    f"{KIT}#--upload-pack=id": "invalid git ref '--upload-pack=id'",
    f"{KIT}?ref=a:b": "invalid git ref 'a:b'",
    f"{KIT}#a..b": "invalid git ref 'a..b'",
    f"{KIT}#*": "invalid git ref '*'",
    f"{KIT}#a%20b": "invalid git ref 'a b'",
}


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_repository(text: str) -> None:
    """Folders, files of web servers, protocols that BuildKit does not speak."""
    assert parse_git_ref(text) is None


@pytest.mark.parametrize(("text", "expected"), GOOD.items(), ids=GOOD)
def test_references(text: str, expected: GitRef) -> None:
    """Fragment and query mean what BuildKit makes of them; no subdir leads out of the repository."""
    assert parse_git_ref(text) == expected


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=BAD)
def test_references_that_mean_nothing(text: str, message: str) -> None:
    """The errors are BuildKit's but for the quotes, and options smuggled in as names are refused."""
    with pytest.raises(UsageError) as caught:
        parse_git_ref(text)
    assert caught.value.message == message


def test_unknown_queries_suggest_the_nearest() -> None:
    """``reff`` was ``ref``."""
    with pytest.raises(UsageError) as caught:
        parse_git_ref(f"{KIT}?submodule=false")
    assert "submodules" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "expected"), [("a" * 40, True), ("0" * 64, True), ("A" * 40, False), ("a" * 39, False)]
)
def test_commits(text: str, expected: bool) -> None:
    """A full commit is 40 or 64 digits in lower case."""
    assert is_commit(text) is expected
