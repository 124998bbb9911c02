"""References to git repositories, as ADD and build contexts write them (BuildKit: ``dfgitutil``, ``gitutil``).

::

    https://host/path.git[?query][#ref[:subdir]]     also http://; only paths that end with .git are repositories
    ssh://[user@]host/path   git://host/path         with the same query and fragment
    user@host:path[?query][#ref[:subdir]]            over ssh
    github.com/owner/name                            https; for build contexts only, where no such folder exists

The query has ``ref tag branch subdir commit checksum keep-git-dir submodules mtime fetch-by-commit``.
"""

from __future__ import annotations

import posixpath

from jettison.errors import UsageError
from jettison.frozen import dataclass, replace
from jettison.model.op import GitOp, HttpOp
from jettison.patterns import late_pattern
from jettison.text.diagnostics import quoted
from jettison.text.suggest import did_you_mean

_PROTOCOL = late_pattern(r"([a-zA-Z0-9]+)://")
_SCP_STYLE = late_pattern(r"([a-zA-Z0-9_-]+)@([a-zA-Z0-9.-]+):(.*?)(?:\?(.*?))?(?:#(.*))?")
_SHORTHAND = "github.com/"
_PROTOCOLS = frozenset({"http", "https", "ssh", "git"})
_TAGS, _BRANCHES = "refs/tags/", "refs/heads/"
_COMMIT = late_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEXADECIMAL = late_pattern(r"[0-9a-fA-F]+")
_NOT_IN_NAMES = late_pattern(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|\Z)|(?:\A|/)\.|[/.]\Z")
"""What git-check-ref-format(1) forbids: no server has it, and some of it would be a pattern or a range to git."""
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_SWITCHES = ("keep-git-dir", "submodules", "fetch-by-commit")
_KEYS = ("ref", "tag", "branch", "subdir", "commit", "checksum", "mtime", *_SWITCHES)
_CHECKOUT, _COMMIT_TIME = "checkout", "commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRef:
    """What to fetch of which repository."""

    remote: str
    """What git(1) is given: without fragment and query."""
    ref: str = ""
    """A branch, a tag, a full ref name, a full commit; empty: the default branch."""
    checksum: str = ""
    """The beginning of the commit that it must be, in hexadecimal."""
    subdir: str = ""
    """Relative, normal, never above the repository; empty: all of it."""
    keep_git_dir: bool | None = None
    """None: not said, which is false."""
    submodules: bool | None = None
    """None: not said, which is true."""
    commit_times: bool = False
    """Whether files get the time of their commit (``mtime=commit``) rather than that of the checkout."""
    fetch_by_commit: bool = False
    """Whether the commit of ``checksum`` is fetched without a look at where ``ref`` points now."""
    is_shorthand: bool = False
    """Whether it could as well be the name of a folder: ``github.com/…``."""


def parse_git_ref(text: str) -> GitRef | None:
    """The reference, None where ``text`` is none; :class:`UsageError` for one that means nothing."""
    if text.startswith(("./", "../")) or any(ord(character) < 0x20 or character == "\x7f" for character in text):
        return None
    protocol = _PROTOCOL.match(text) if "://" in text else None
    if text.startswith(_SHORTHAND):
        found = _from_url(f"https://{text}")
        found = None if found is None else (replace(found[0], is_shorthand=True), found[1])
    elif protocol is not None:
        found = _from_url(text) if protocol[1].lower() in _PROTOCOLS else None
        if found is not None and protocol[1].lower() in ("http", "https") and not found[0].remote.endswith(".git"):
            return None
    else:
        found = _from_scp_style(text)
    if found is None:
        return None
    return _checked(_with_query(*found))


def git_op(found: GitRef) -> GitOp:
    """The operation that fetches it."""
    return GitOp(
        remote=found.remote,
        ref=found.ref,
        checksum=found.checksum,
        subdir=found.subdir,
        keep_git_dir=found.keep_git_dir is True,
        submodules=found.submodules is not False,
        commit_times=found.commit_times,
        fetch_by_commit=found.fetch_by_commit,
    )


def is_commit(text: str) -> bool:
    """Whether it is a full commit, by SHA-1 or SHA-256, in lower case."""
    return _COMMIT.fullmatch(text) is not None


def split_credentials(remote: str) -> tuple[str, tuple[str, str] | None]:
    """The repository as it may be shown and remembered, and the user and password of a URL of the web.

    The user of ssh is a part of the address, not a secret.
    """
    scheme, separator, rest = remote.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, at, host = authority.rpartition("@")
    if not at or not separator:
        return remote, None
    user, _, password = credentials.partition(":")
    if scheme not in ("http", "https"):
        return f"{scheme}{separator}{user}@{host}{slash}{path}", None
    from urllib.parse import unquote

    return f"{scheme}{separator}{host}{slash}{path}", (unquote(user), unquote(password))


def shown_repository(op: GitOp) -> str:
    """The repository and its ref as people are told of it, without credentials."""
    url, _ = split_credentials(op.remote)
    ref = op.ref or op.checksum
    return f"{url}#{ref}" if ref else url


def shown_source(op: GitOp | HttpOp) -> str:
    """What is fetched as people are told of it, without credentials."""
    return shown_repository(op) if isinstance(op, GitOp) else split_credentials(op.url)[0]


def with_flags(found: GitRef, *, checksum: str | None, keep_git_dir: bool | None) -> GitRef:
    """The reference with what flags of ADD say beside it; :class:`UsageError` where the two say different things."""
    if keep_git_dir is not None and found.keep_git_dir not in (None, keep_git_dir):
        raise UsageError("inconsistent keep-git-dir configuration", hint="the URL says the opposite: leave one out")
    if checksum is not None and found.checksum not in ("", checksum):
        raise UsageError(f"checksum mismatch {quoted(checksum)} != {quoted(found.checksum)}")
    kept = found.keep_git_dir if keep_git_dir is None else keep_git_dir
    return _checked(replace(found, checksum=found.checksum or checksum or "", keep_git_dir=kept))


def _from_url(text: str) -> tuple[GitRef, str] | None:
    body, _, fragment = text.partition("#")
    body, _, query = body.partition("?")
    scheme, _, rest = body.partition("://")
    host, slash, path = rest.partition("/")
    if " " in host:
        return None
    from urllib.parse import quote, unquote

    remote = f"{scheme.lower()}://{host}{slash}{quote(path, safe='/%:@!$&()*+,;=~[]' + chr(39))}"
    return _with_fragment(remote, unquote(fragment)), query


def _from_scp_style(text: str) -> tuple[GitRef, str] | None:
    match = _SCP_STYLE.fullmatch(text) if "@" in text else None
    if match is None:
        return None
    user, host, path, query, fragment = match.groups(default="")
    return _with_fragment(f"{user}@{host}:{path}", fragment), query


def _with_fragment(remote: str, fragment: str) -> GitRef:
    ref, _, subdir = fragment.partition(":")
    return GitRef(remote=remote, ref=ref, subdir=_normal(subdir))


def _normal(subdir: str) -> str:
    return posixpath.normpath(f"/{subdir}").lstrip("/")


def _with_query(found: GitRef, query: str) -> GitRef:
    from urllib.parse import parse_qsl

    values: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key in values:
            raise UsageError(f"query {quoted(key)} has multiple values")
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS) or f"the query of a git URL has {', '.join(_KEYS)}"
            raise UsageError(f"unexpected query {quoted(key)}", hint=hint)
        if not value and key not in _SWITCHES:
            raise UsageError(f"query {quoted(key)} has no value", hint=f"write {key}=VALUE")
        values[key] = value
    subdir = values.get("subdir", "")
    if found.subdir and subdir and found.subdir != _normal(subdir):
        raise UsageError(f"subdir conflicts: {quoted(found.subdir)} vs {quoted(subdir)}")
    return replace(
        found,
        ref=_ref(found.ref, values),
        subdir=found.subdir or _normal(subdir),
        checksum=values.get("checksum") or values.get("commit", ""),
        keep_git_dir=_switch(values, "keep-git-dir"),
        submodules=_switch(values, "submodules"),
        fetch_by_commit=_switch(values, "fetch-by-commit") or False,
        commit_times=_takes_commit_times(values.get("mtime", _CHECKOUT)),
    )


def _ref(ref: str, values: dict[str, str]) -> str:
    named = values.get("ref", "")
    if ref and named and ref != named:
        raise UsageError(f"ref conflicts: {quoted(ref)} vs {quoted(named)}")
    ref = ref or named
    if "tag" in values and "branch" in values:
        raise UsageError("branch conflicts with tag", hint="a branch or a tag can be fetched, not both")
    for key, prefix in (("tag", _TAGS), ("branch", _BRANCHES)):
        if key in values:
            full = prefix + values[key].removeprefix(prefix)
            if ref and ref != full:
                raise UsageError(f"ref conflicts: {quoted(ref)} vs {quoted(full)}")
            ref = full
    return ref


def _switch(values: dict[str, str], key: str) -> bool | None:
    if key not in values:
        return None
    value = values[key]
    if value in _FALSE:
        return False
    if value in _TRUE or not value:
        return True
    raise UsageError(f"invalid {key} value: {quoted(value)}", hint=f"write {key}=true or {key}=false")


def _takes_commit_times(value: str) -> bool:
    if value not in (_CHECKOUT, _COMMIT_TIME):
        raise UsageError(f'invalid mtime value: {quoted(value)} (must be "checkout" or "commit")')
    return value == _COMMIT_TIME


def _checked(found: GitRef) -> GitRef:
    if found.ref.startswith(("-", "/")) or _NOT_IN_NAMES.search(found.ref):
        raise UsageError(f"invalid git ref {quoted(found.ref)}", hint="a branch, a tag or a full commit")
    _check_commit_prefix(found.checksum)
    if found.fetch_by_commit and not is_commit(found.ref) and not is_commit(found.checksum):
        raise UsageError(
            "fetch-by-commit requires a full commit", hint="write commit=, with all 40 digits of the commit"
        )
    return found


def _check_commit_prefix(checksum: str) -> None:
    if checksum and not _HEXADECIMAL.fullmatch(checksum):
        raise UsageError(
            f"invalid checksum {checksum} for Git URL, expected hex commit hash",
            hint="a repository is checked by its commit, such as --checksum=1a2b3c…",
        )
