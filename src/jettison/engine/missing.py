"""Why a source was not found: what the input has that is close, and whether ``.dockerignore`` hid it."""

from __future__ import annotations

from jettison.engine.inputs import ContextResult, Result
from jettison.layer.selection import MissingSourceError
from jettison.model.entry import EntryType
from jettison.model.op import CopyAction, ExecOp, FileOp

_MAX_NAMES = 3


def explain_missing_source(
    error: MissingSourceError, op: FileOp | ExecOp, inputs: tuple[Result | None, ...]
) -> MissingSourceError:
    """The error with a hint where one can be given."""
    if error.hint is None:
        contexts = [inputs[number] for number in _sources_of(op) if number < len(inputs)]
        hints = [_hint(error.path, result) for result in contexts if isinstance(result, ContextResult)]
        error.hint = next((hint for hint in hints if hint), None)
    return error


def _sources_of(op: FileOp | ExecOp) -> list[int]:
    if isinstance(op, FileOp):
        return [action.input for action in op.actions if isinstance(action, CopyAction)]
    return [mount.input for mount in op.mounts if mount.input is not None]


def _hint(path: str, result: ContextResult) -> str | None:
    context = result.context
    tree = context.tree
    hidden = next((ignored for ignored in context.ignored if path == ignored or path.startswith(f"{ignored}/")), None)
    if hidden is not None:
        return f".dockerignore leaves {hidden!r} out of the build context: add a line !{path} to it"
    entry = tree.get(path)
    if entry is not None and entry.type is EntryType.SYMLINK:
        return f"{path!r} is a symbolic link to {entry.link!r}, which the build context does not have"
    import difflib

    close = difflib.get_close_matches(path, list(tree.entries), n=_MAX_NAMES, cutoff=0.6)
    if not close:
        name = path.rpartition("/")[2]
        close = [known for known in tree.entries if known.rpartition("/")[2] == name][:_MAX_NAMES]
    if close:
        return f"the build context {str(context.root)!r} has " + ", ".join(repr(known) for known in close)
    if not tree.entries:
        return f"the build context {str(context.root)!r} is empty"
    shown = ", ".join(repr(name) for name in tree.children("")[:_MAX_NAMES])
    return f"paths are relative to the build context {str(context.root)!r}, which has {shown}, …"
