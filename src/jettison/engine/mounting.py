"""Whether layers can be mounted in place of being unpacked: tried for real, once for each kernel and sandbox.

The trial is what a step does: a sandbox runs a program out of a layer that is an image over its tar. A layer that is
unpacked in less time than the trial takes is unpacked, so that a small build does not wait for one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jettison.engine.layers import Layers
from jettison.engine.request import Machine, RootMode
from jettison.errors import JettisonError, SandboxError
from jettison.hints import TYPE_CHECKING
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.layer.index import LayerIndex
    from jettison.sandbox.interface import Sandbox
    from jettison.sandbox.types import RootSpec

_SMALL_BYTES = 8 << 20
_SMALL_ENTRIES = 100
"""A layer that exceeds neither is unpacked in a few milliseconds."""


def open_sandbox(machine: Machine, layers: Layers) -> Sandbox:
    """The sandbox of the machine; ``layers`` know from then on how its roots are made. The caller closes it."""
    sandbox = machine.open_sandbox()
    try:
        layers.mounts = mounting(machine.root_mode, sandbox, machine.store)
    except BaseException:
        sandbox.close()
        raise
    return sandbox


def mounting(mode: RootMode, sandbox: Sandbox, store: Store) -> Callable[[LayerIndex], bool]:
    """Whether a layer is mounted. Raises :class:`SandboxError` where all must be, and cannot."""
    if mode is not RootMode.AUTO:
        works = mounts_layers(mode, sandbox, store)
        return lambda index: works
    tried = cache(lambda: mounts_layers(mode, sandbox, store))
    return lambda index: not _is_small(index) and tried()


def _is_small(index: LayerIndex) -> bool:
    return index.tar_bytes <= _SMALL_BYTES and len(index.entries) <= _SMALL_ENTRIES


def mounts_layers(mode: RootMode, sandbox: Sandbox, store: Store) -> bool:
    """Whether roots for this sandbox have their layers mounted. Raises :class:`SandboxError` where they must, and
    cannot be.
    """
    if mode is RootMode.UNPACK:
        return False
    key = f"Linux {os.uname().release}, {sandbox.description}, device {store.root.stat().st_dev}"
    known = store.mounting.known(key)
    if known is not None and (known or mode is RootMode.AUTO):
        return known
    try:
        _try(sandbox, store)
    except JettisonError as error:
        store.mounting.remember(key, works=False)
        if mode is RootMode.MOUNT:
            raise SandboxError(
                f"layers cannot be mounted here: {error.message}",
                hint="without JETTISON_ROOTFS they are unpacked where they have to be",
            ) from error
        return False
    store.mounting.remember(key, works=True)
    return True


def _try(sandbox: Sandbox, store: Store) -> None:
    from jettison.sandbox.trial import try_root

    with store.temporary_directory() as folder:
        try_root(sandbox, _root(folder))


def _root(folder: Path) -> RootSpec:
    """A root of one layer, which holds the program of the trial, below an upper directory."""
    from jettison.layer.tar_write import LayerWriter
    from jettison.model.entry import Entry, EntryType
    from jettison.rootfs.mountable import mountable_image
    from jettison.sandbox.trial import TRIAL, trial_program
    from jettison.sandbox.types import MountedLayer, RootSpec

    program = trial_program(os.uname().machine)
    layer = MountedLayer(image=folder / "image", tar=folder / "tar")
    with layer.tar.open("xb") as tar:
        writer = LayerWriter(tar.write)
        if program:
            writer.add(Entry(path=TRIAL, type=EntryType.FILE, mode=0o755, size=len(program)), program)
        index = writer.finish()
    image = mountable_image(index, lower=None)
    assert image is not None
    layer.image.write_bytes(image)
    for name in ("upper", "work"):
        (folder / name).mkdir()
    return RootSpec(layers=(layer,), upper=folder / "upper", work=folder / "work")
