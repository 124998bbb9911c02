"""The layer that adds CA certificates of this machine to an image (docs/base.md, A private network's certificates)."""

from __future__ import annotations

from pathlib import Path

from jettison.base.assembly import Assembly
from jettison.base.certificates import (
    LOCAL_FOLDER,
    STORE_PATH,
    missing_certificates,
    parse_certificates,
    render_certificates,
)
from jettison.base.image import FinishedLayer
from jettison.errors import NotFoundError
from jettison.model.tree import Tree

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_LOCAL_NAME = "jettison-{number:03}.crt"


def read_bundle(ca_bundle: str) -> bytes:
    """The PEM file that ``--ca-bundle`` means; checked to hold certificates."""
    path = SYSTEM_BUNDLE if ca_bundle == "system" else Path(ca_bundle)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFoundError(f"cannot read the CA bundle {path}: {error.strerror}", hint="name a PEM file") from error
    parse_certificates(data, str(path))
    return data


def make_bundle_layer(
    bundle: bytes, store: bytes | None, *, tar: Path, epoch: int, below: Tree, updatable: bool = False
) -> FinishedLayer | None:
    """The layer on top of an image whose store is ``store``; None where it holds all the certificates already.

    ``updatable`` also puts each certificate where ``update-ca-certificates`` finds it. ``below`` are the image's files.
    """
    missing = missing_certificates(bundle, store or b"", "the CA bundle")
    if not missing:
        return None
    assembly = Assembly(below)
    content = (store or b"") + render_certificates(missing)
    files = {STORE_PATH: content}
    if updatable:
        for number, certificate in enumerate(missing):
            files[f"{LOCAL_FOLDER}/{_LOCAL_NAME.format(number=number)}"] = render_certificates([certificate])
    for path, data in files.items():
        assembly.put_file(path, data)
    return assembly.write(tar, epoch)
