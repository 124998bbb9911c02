"""Why a source was not found: what the input has that is close, and whether ``.dockerignore`` hid it."""

from __future__ import annotations

from jettison.engine.inputs import ContextResult, Result, files_of
from jettison.engine.layers import Layers
from jettison.layer.selection import MissingSourceError
from jettison.model.entry import EntryType
from jettison.model.op import CopyAction, ExecOp, FileOp
from jettison.model.tree import Tree
from jettison.sources.local import LocalContext
from jettison.store.store import Store

_MAX_NAMES = 3
_MAX_COMPARED = 5000
"""Trees with more files are looked through beside the wanted path, and for its name."""


def explain_missing_source(
    error: MissingSourceError, op: FileOp | ExecOp, inputs: tuple[Result | None, ...], store: Store, layers: Layers
) -> MissingSourceError:
    """The error with a hint where one can be given; the layers of all sources must be on this machine."""
    if error.hint is None:
        sources = [inputs[number] for number in _sources_of(op) if number < len(inputs)]
        hints = (_hint(error.path, source, store, layers) for source in sources)
        error.hint = next((hint for hint in hints if hint), None)
    return error


def _sources_of(op: FileOp | ExecOp) -> list[int]:
    if isinstance(op, FileOp):
        return [action.input for action in op.actions if isinstance(action, CopyAction)]
    return [mount.input for mount in op.mounts if mount.input is not None]


def _hint(path: str, source: Result | None, store: Store, layers: Layers) -> str | None:
    if isinstance(source, ContextResult):
        return _hint_of_context(path, source.context)
    tree = files_of(source, store, layers).tree
    if tree.get(tree.resolve(path)) is not None:
        return None  # another source is meant
    if not tree.entries:
        return "there are no files to copy from"
    return _leads_nowhere(path, tree, "is not there") or _close(path, tree, "there is")


def _hint_of_context(path: str, context: LocalContext) -> str | None:
    tree = context.tree
    hidden = next((ignored for ignored in context.ignored if path == ignored or path.startswith(f"{ignored}/")), None)
    if hidden is not None:
        return f".dockerignore leaves {hidden!r} out of the build context: add a line !{path} to it"
    where = f"the build context {str(context.root)!r}"
    found = _leads_nowhere(path, tree, "the build context does not have") or _close(path, tree, f"{where} has")
    if found:
        return found
    if not tree.entries:
        return f"{where} is empty"
    shown = ", ".join(repr(name) for name in tree.children("")[:_MAX_NAMES])
    return f"paths are relative to {where}, which has {shown}, …"


def _leads_nowhere(path: str, tree: Tree, lack: str) -> str | None:
    entry = tree.get(path)
    if entry is None or entry.type is not EntryType.SYMLINK:
        return None
    return f"{path!r} is a symbolic link to {entry.link!r}, which {lack}"


def _close(path: str, tree: Tree, has: str) -> str | None:
    """What is called, or lies, like the path."""
    parent, _, name = path.rpartition("/")
    named = [known for known in tree.entries if known.rpartition("/")[2] == name]
    compared = list(tree.entries)
    if len(compared) > _MAX_COMPARED:
        compared = [*named, *(f"{parent}/{child}".lstrip("/") for child in tree.children(parent))]
    import difflib

    close = difflib.get_close_matches(path, compared, n=_MAX_NAMES, cutoff=0.6) or named[:_MAX_NAMES]
    return f"{has} " + ", ".join(repr(known) for known in close) if close else None
