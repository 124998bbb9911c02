"""Git repositories as sources of files (BuildKit: ``source/git``): resolved to a commit, fetched shallow, checked out.

A repository is fetched into a bare one that the caller keeps between builds and hands in locked. Only refs of our own
lead to what was fetched whole, so a fetch that was killed is made again. Every checkout has a git folder of its own:
what one commit says of submodules cannot reach another.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from jettison.dockerfile.git_ref import split_credentials
from jettison.errors import BuildError, IntegrityError, NotFoundError
from jettison.frozen import dataclass, replace
from jettison.sources.access import Authorization, RemoteAccess, basic, git_authorization
from jettison.sources.git_command import LOCAL, Git, GitFailedError, Progress

_OURS = "refs/jettison"
_SHA256_LENGTH = 64
_NO_SHALLOW = ("--depth", "shallow")
"""In the words of servers, and of git about servers, that cannot give a part of the history."""
_NO_SINGLE_COMMITS = ("not our ref", "unadvertised object", "no such remote ref", "couldn't find remote ref")
_BROKEN = ("bad object", "object file", "is corrupt", "loose object", "unable to update local ref", "bad tree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a ref of a repository leads to."""

    name: str
    """The full name of the ref; empty where a commit was asked for by itself."""
    object: str
    """The commit, or the annotated tag."""
    commit: str
    """The commit behind it; of a tag that is not fetched yet it may be unknown, and is the tag then."""


class GitRemote:
    """One repository on a server."""

    def __init__(
        self, remote: str, scratch: Path, access: RemoteAccess, progress: Progress = lambda part, done, total: None
    ) -> None:
        """``scratch`` is an empty folder of the caller's, on the file system of the bare repository."""
        self.url, credentials = split_credentials(remote)
        if credentials is not None:
            authorization: Authorization | None = Authorization(scope=self.url, header=basic(*credentials))
        else:
            authorization = git_authorization(self.url, _host(self.url), access.secret)
        config = []
        if authorization is not None:
            config = [(f"http.{authorization.scope}.extraHeader", f"Authorization: {authorization.header}")]
        self._scratch = scratch
        self._git = Git(scratch, variables=access.variables, config=config, progress=progress)

    def resolve(self, ref: str, checksum: str = "") -> Revision:
        """Ask the server what ``ref`` (empty: its default branch) is now; branches go before tags.

        Raises :class:`NotFoundError` where there is no such ref, :class:`IntegrityError` where its commit does not
        begin with ``checksum``.
        """
        try:
            if not ref:
                found = self._default_branch()
            else:
                answer = self._git.run("ls-remote", "--", self.url, ref, f"{ref}^{{}}", directory=self._scratch)
                lines = (line.partition("\t") for line in answer.splitlines())
                found = _pick(ref, {name: value for value, _, name in lines})
        except GitFailedError as error:
            raise BuildError(f"cannot fetch {self.url}: {error.message}", hint=error.hint) from error
        if found is None:
            what = f"ref {ref}" if ref else "default branch"
            raise NotFoundError(
                f"repository {self.url} does not contain {what}", hint="a branch, a tag, or all 40 digits of a commit"
            )
        self._check(found, checksum)
        return found

    def fetch(self, bare: Path, wanted: Revision, checksum: str = "", *, exactly: bool = False) -> Revision:
        """Have the revision in the bare repository, with as little history as the server can give; idempotent.

        Where a ref moved on since it was resolved, what it is now is fetched and returned. ``exactly``: a server that
        does not give single commits is not asked for everything. Raises as :meth:`resolve` does.
        """
        try:
            return self._fetch(bare, wanted, checksum, exactly=exactly)
        except GitFailedError as error:
            if not any(sign in error.output for sign in _BROKEN):
                raise BuildError(f"cannot fetch {self.url}: {error.message}", hint=error.hint) from error
        _empty(bare)
        try:
            return self._fetch(bare, wanted, checksum, exactly=exactly)
        except GitFailedError as error:
            raise BuildError(f"cannot fetch {self.url}: {error.message}", hint=error.hint) from error

    def checkout(self, bare: Path, revision: Revision, tree: Path, *, keep_git_dir: bool, submodules: bool) -> None:
        """Put the files of a fetched revision into ``tree``, an empty folder; with submodules, all the way down.

        ``.git`` is left out, also that of submodules, unless it is to be kept: then it holds this commit alone, and
        nothing of the credentials.
        """
        git_dir = tree / ".git" if keep_git_dir else self._scratch / "checkout.git"
        run = partial(self._git.run, directory=tree, git_dir=git_dir, work_tree=tree)
        try:
            if keep_git_dir:
                self._git.run("init", "--quiet", *_object_format(revision.object), directory=tree)
                into = f":{revision.name}" if revision.name else ""
                source = f"{_OURS}/{revision.object}{into}"
                arguments = ("fetch", "--quiet", "-u", "--depth=1", "--no-tags", "--", str(bare), source)
                self._git.run(*arguments, directory=tree, protocols=LOCAL)
            else:
                run("init", "--quiet", *_object_format(revision.object))
                (git_dir / "objects/info").mkdir(exist_ok=True)
                (git_dir / "objects/info/alternates").write_bytes(os.fsencode(bare / "objects") + b"\n")
                if (bare / "shallow").exists():
                    shutil.copyfile(bare / "shallow", git_dir / "shallow")
            run("remote", "add", "origin", self.url)
            run("checkout", "--quiet", "--force", "--detach", revision.commit)
            if submodules and (tree / ".gitmodules").exists():
                _without_depth_if_need_be(run, ["submodule", "update", "--init", "--recursive", "--depth=1"])
        except GitFailedError as error:
            raise BuildError(f"cannot check out {self.url}: {error.message}", hint=error.hint) from error
        if keep_git_dir:
            (git_dir / "FETCH_HEAD").unlink(missing_ok=True)
        else:
            _remove_git_files(tree)

    def commit_seconds(self, bare: Path, revision: Revision) -> int:
        """The time of a fetched commit: when it was committed."""
        return int(self._git.run("log", "-1", "--format=%ct", revision.commit, directory=bare, git_dir=bare))

    def _default_branch(self) -> Revision | None:
        answer = self._git.run("ls-remote", "--symref", "--", self.url, "HEAD", directory=self._scratch)
        name = commit = ""
        for line in answer.splitlines():
            value, _, ref = line.partition("\t")
            if ref == "HEAD" and value.startswith("ref: refs/heads/"):
                name = value.removeprefix("ref: ")
            elif ref == "HEAD":
                commit = value
        return Revision(name=name, object=commit, commit=commit) if name and commit else None

    def _check(self, revision: Revision, checksum: str) -> None:
        if not any(known.startswith(checksum) for known in (revision.object, revision.commit)):
            found = " or ".join(dict.fromkeys((revision.object, revision.commit)))
            raise IntegrityError(f"{self.url}: expected checksum to match {checksum}, got {found}")

    def _fetch(self, bare: Path, wanted: Revision, checksum: str, *, exactly: bool) -> Revision:
        if not (bare / "objects").is_dir():
            self._git.run("init", "--quiet", "--bare", *_object_format(wanted.object), directory=bare)
        found = self._have(bare, wanted.object)
        if found is None:
            for leftover in ("shallow.lock", "packed-refs.lock", "config.lock"):  # of a git that was killed
                (bare / leftover).unlink(missing_ok=True)
            if wanted.name:
                self._fetch_refspec(bare, f"+{wanted.name}:{_OURS}/{wanted.object}")
            else:
                self._fetch_commit(bare, wanted.object, exactly=exactly)
            found = self._parse(bare, f"{_OURS}/{wanted.object}")
            self._git.run("update-ref", f"{_OURS}/{found}", found, directory=bare, git_dir=bare)
        commit = self._parse(bare, f"{found}^{{commit}}")
        revision = replace(wanted, object=found, commit=commit)
        self._check(revision, checksum)
        return revision

    def _fetch_commit(self, bare: Path, commit: str, *, exactly: bool) -> None:
        """A commit by its own name; from servers that do not give those, the history of all branches and tags."""
        try:
            self._fetch_refspec(bare, f"+{commit}:{_OURS}/{commit}")
            return
        except GitFailedError as error:
            if exactly or not any(sign in error.output for sign in _NO_SINGLE_COMMITS):
                raise
        whole = ["--unshallow"] if (bare / "shallow").exists() else []
        refspecs = [f"+refs/{kind}/*:{_OURS}/{kind}/*" for kind in ("heads", "tags")]
        arguments = ["fetch", "--progress", "--no-tags", "--prune", "--no-write-fetch-head", *whole, "--", self.url]
        self._git.run(*arguments, *refspecs, directory=bare, git_dir=bare)
        try:
            self._git.run("update-ref", f"{_OURS}/{commit}", commit, directory=bare, git_dir=bare)
        except GitFailedError as error:
            raise NotFoundError(
                f"repository {self.url} does not contain commit {commit}", hint="was it pushed, and to a branch?"
            ) from error

    def _fetch_refspec(self, bare: Path, refspec: str) -> None:
        run = partial(self._git.run, directory=bare, git_dir=bare)
        arguments = ["fetch", "--progress", "--depth=1", "--no-tags", "--no-write-fetch-head", "--", self.url, refspec]
        _without_depth_if_need_be(run, arguments)

    def _have(self, bare: Path, name: str) -> str | None:
        try:
            return self._parse(bare, f"{_OURS}/{name}")
        except GitFailedError:
            return None

    def _parse(self, bare: Path, text: str) -> str:
        return self._git.run("rev-parse", "--verify", "--quiet", text, directory=bare, git_dir=bare).strip()


def _without_depth_if_need_be(run: Callable[..., str], arguments: Sequence[str]) -> None:
    """Run a command that asks for a part of the history; of a server that cannot give a part, for all of it."""
    try:
        run(*arguments)
    except GitFailedError as error:
        if not any(sign in error.output for sign in _NO_SHALLOW):
            raise
        run(*(argument for argument in arguments if argument != "--depth=1"))


def find_subdir(tree: Path, subdir: str) -> Path:
    """The folder ``subdir`` of a checkout; :class:`NotFoundError` where a part of it is missing or is no folder."""
    path = tree
    for part in subdir.split("/") if subdir else ():
        path /= part
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise NotFoundError(f"the repository has no folder {subdir!r}: {error.strerror}") from error
        if not stat.S_ISDIR(mode):
            inside = path.relative_to(tree)
            raise NotFoundError(
                f"git subpath {subdir!r} contains non-directory {str(inside)!r}", hint="links are not followed there"
            )
    return path


def set_times(tree: Path, seconds: int) -> None:
    """Give everything in a checkout the same time."""
    for path in (*_walk(tree), tree):
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _pick(ref: str, found: dict[str, str]) -> Revision | None:
    """The ref that ``ref`` means among those that the server has."""
    partial = f"refs/{ref.removeprefix('refs/')}"
    branch = f"refs/heads/{ref.removeprefix('refs/heads/')}"
    tag = f"refs/tags/{ref.removeprefix('refs/tags/')}"
    name = next((name for name in (partial, branch, tag) if name in found), None)
    if name is None:
        return None
    return Revision(name=name, object=found[name], commit=found.get(f"{name}^{{}}", found[name]))


def _host(url: str) -> str:
    """The host with its port, as secrets are named after it."""
    if "://" not in url:
        return url.partition("@")[2].partition(":")[0]
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _object_format(name: str) -> tuple[str, ...]:
    return ("--object-format=sha256",) if len(name) == _SHA256_LENGTH else ()


def _empty(folder: Path) -> None:
    for child in list(folder.iterdir()):
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()


def _remove_git_files(tree: Path) -> None:
    """Submodules have a file ``.git`` that says where their git folder was; git itself allows no other of the name."""
    for path in list(_walk(tree)):
        if path.name == ".git":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below a folder, what is in a folder before the folder; links are not followed."""
    with os.scandir(folder) as children:
        for child in children:
            if child.is_dir(follow_symlinks=False):
                yield from _walk(Path(child.path))
            yield Path(child.path)
