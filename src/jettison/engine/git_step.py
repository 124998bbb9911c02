"""Git repositories as layers: ADD of a repository, and build contexts that lie in one.

What a ref means is asked of the server; the files of a commit are fetched and packed once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from jettison import frozen
from jettison.dockerfile.git_ref import is_commit, split_credentials
from jettison.engine.file_step import FileStep
from jettison.engine.inputs import ContextResult, Snapshot
from jettison.engine.layers import Layers, Progress
from jettison.hints import TYPE_CHECKING
from jettison.model.digest import Digest
from jettison.model.op import CopyAction, FileOp, GitOp, Sharing
from jettison.solve.keys import key_of
from jettison.sources.access import RemoteAccess
from jettison.sources.local import LocalContext
from jettison.store.cache import CacheRecord
from jettison.store.leases import Lease
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.sources.git import Revision

_ALL_FILES = FileOp(actions=(CopyAction(input=1, sources=("",), destination="/", wildcards=False),))


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """Fetches repositories for one build. Safe to use from several threads."""

    store: Store
    layers: Layers
    lease: Lease
    access: RemoteAccess
    clock: Callable[[], float]
    commits: dict[GitOp, str] = frozen.field(default_factory=dict)
    """Which commit each op turned out to mean in this build."""

    def known(self, op: GitOp) -> Snapshot | None:
        """The files, where it is certain without asking the server which they are, and they are in the store."""
        commit = _certain_commit(op)
        if commit is None:
            return None
        from jettison.sources.git import Revision

        self.commits[op] = commit
        return self._find(_key(op, Revision(name=_name(op), object=commit, commit=commit)))

    def fetch(self, op: GitOp, progress: Progress, cancelled: threading.Event | None = None) -> tuple[Snapshot, bool]:
        """The files of the repository as a layer, and whether they were in the store already.

        Raises :class:`BuildError` and its kin for every failure, without the credentials that the URL may hold.
        """
        known = self.known(op)
        if known is not None:
            return known, True
        from jettison.sources.git import GitRemote, Revision, find_subdir, set_times

        shown, _ = split_credentials(op.remote)
        with self.store.temporary_directory() as scratch:
            (scratch / "git").mkdir()
            remote = GitRemote(op.remote, scratch / "git", self.access, progress)
            commit = _certain_commit(op)
            if commit is not None:
                revision = Revision(name=_name(op), object=commit, commit=commit)
            else:
                revision = remote.resolve(op.ref, op.checksum)
                self.commits[op] = revision.commit
                known = self._find(_key(op, revision))
                if known is not None:
                    return known, True
            # No Dockerfile can hold a NUL: no RUN --mount=type=cache has this id.
            mount_id = f"git\0{shown}\0{len(revision.object)}"
            with self.store.mounts.cache_mount(mount_id, Sharing.LOCKED, cancelled=cancelled) as mount:
                revision = remote.fetch(mount.path, revision, op.checksum, exactly=op.fetch_by_commit)
                self.commits[op] = revision.commit
                known = self._find(_key(op, revision))  # another build may have been first
                if known is not None:
                    return known, True
                tree = scratch / "tree"
                tree.mkdir()
                tree.chmod(0o755)
                keep = op.keep_git_dir and not op.subdir
                remote.checkout(mount.path, revision, tree, keep_git_dir=keep, submodules=op.submodules)
                root = find_subdir(tree, op.subdir)
                if op.commit_times:
                    set_times(root, remote.commit_seconds(mount.path, revision))
            with (
                closing(LocalContext(root)) as context,
                closing(
                    FileStep(_ALL_FILES, (None, ContextResult(context=context)), store=self.store, layers=self.layers)
                ) as step,
            ):
                layer = step.write(step.plan(), progress).diff_id
        record = CacheRecord(
            key=_key(op, revision),
            kind="layer",
            name=f"git {shown}",
            payload={"ref": revision.name, "commit": revision.commit},
            layers=(layer,),
            created_at=self.clock(),
        )
        self.store.cache.put(record)
        return Snapshot(layers=(layer,)), False

    def _find(self, key: Digest) -> Snapshot | None:
        record = self.store.cache.get(key)
        if record is None or len(record.layers) != 1:
            return None
        self.lease.hold_layers(record.layers)
        return Snapshot(layers=record.layers) if self.store.layers.has(record.layers[0]) else None


def _certain_commit(op: GitOp) -> str | None:
    """The commit that the op names itself."""
    if is_commit(op.ref) and op.ref.startswith(op.checksum):
        return op.ref
    return op.checksum if op.fetch_by_commit else None


def _name(op: GitOp) -> str:
    """The full ref name that a commit fetched by itself gets; a name without ``refs/`` is a branch."""
    if not op.ref or is_commit(op.ref):
        return ""
    return op.ref if op.ref.startswith("refs/") else f"refs/heads/{op.ref}"


def _key(op: GitOp, revision: Revision) -> Digest:
    """What the files are made of: the commit and what of it is taken; with ``.git``, also the ref that it keeps."""
    taken = {
        "remote": split_credentials(op.remote)[0],
        "commit": revision.object if op.keep_git_dir else revision.commit,
        "subdir": op.subdir,
        "submodules": op.submodules,
        "keep_git_dir": revision.name if op.keep_git_dir else False,
        "commit_times": op.commit_times,
    }
    return key_of({"kind": "git", **{name: str(value) for name, value in taken.items()}}, [])
