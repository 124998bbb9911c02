"""The differences that are allowed in every case, each explained under its name in docs/compat.md."""

from __future__ import annotations

from tests.compat.compare import MISSING, Allowance

ALLOWANCES = (
    *(
        Allowance(name="network-files", where=path, what=frozenset({MISSING}), oracles=frozenset({"buildah"}))
        for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
    ),
)
