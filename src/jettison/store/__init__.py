"""What is kept on disk: blobs, layers, images, the build cache, cache mounts and containers.

The store reads no environment, prints nothing, talks to no network. Its folder is handed in. Names are loaded when they
are asked for: a build needs few of them.
"""

from importlib import import_module

from jettison.hints import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jettison.store.cache import CacheRecord
    from jettison.store.containers import ContainerRecord, ContainerState
    from jettison.store.deletion import Deed, DeletionEvent
    from jettison.store.digests import ContextDigests
    from jettison.store.images import ImageRecord
    from jettison.store.layers import Encoding
    from jettison.store.leases import Lease
    from jettison.store.mounts import CacheMount
    from jettison.store.prune import PruneReport
    from jettison.store.store import Store
    from jettison.store.sweep import Removed
    from jettison.store.usage import DiskUsage, ImageUsage, UsageRow

__all__ = [
    "CacheMount",
    "CacheRecord",
    "ContainerRecord",
    "ContainerState",
    "ContextDigests",
    "Deed",
    "DeletionEvent",
    "DiskUsage",
    "Encoding",
    "ImageRecord",
    "ImageUsage",
    "Lease",
    "PruneReport",
    "Removed",
    "Store",
    "UsageRow",
]

_MODULES = {
    "CacheMount": "mounts",
    "CacheRecord": "cache",
    "ContainerRecord": "containers",
    "ContainerState": "containers",
    "ContextDigests": "digests",
    "Deed": "deletion",
    "DeletionEvent": "deletion",
    "DiskUsage": "usage",
    "Encoding": "layers",
    "ImageRecord": "images",
    "ImageUsage": "usage",
    "Lease": "leases",
    "PruneReport": "prune",
    "Removed": "sweep",
    "Store": "store",
    "UsageRow": "usage",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
