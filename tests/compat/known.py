"""The differences that are allowed in many places, each explained under its name in docs/compat.md."""

from __future__ import annotations

from tests.support.compare import CONTENT, MISSING, Allowance

_BUILDAH = frozenset({"buildah"})

ALLOWANCES = (
    *(
        Allowance(name="network-files", where=path, what=frozenset({MISSING}), oracles=_BUILDAH)
        for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
    ),
    Allowance(name="args-escaped", where="config.ArgsEscaped", what=frozenset({"value"}), oracles=_BUILDAH),
)
"""In every case."""

_TIMES = {
    "compiled-python": ("*.pyc",),
    "go-build-cache": ("/root/.cache/go-build/*",),
    "ccache": ("/root/.cache/ccache/*", "/root/.ccache/*"),
    "package-caches": ("/var/cache/apt/*.bin", "/var/cache/ldconfig/aux-cache", "/root/.cache/pip/*", "/root/.npm/*"),
    "logs": ("/var/log/*",),
    "compiled-extension": ("*/_editdistance.*.so", "*/spell-1.0.dist-info/*", "/app/build/*"),
}
"""What programs write differently every time, by the name of the reason."""

EXAMPLE_ALLOWANCES = (
    *ALLOWANCES,
    Allowance(name="unused-workdirs", where="/src", what=frozenset({MISSING}), oracles=_BUILDAH),
    Allowance(name="mount-points", where="/root/.cache", what=frozenset({MISSING}), oracles=_BUILDAH),
    *(
        Allowance(name=name, where=pattern, what=frozenset({CONTENT, MISSING, "names"}))
        for name, patterns in _TIMES.items()
        for pattern in patterns
    ),
)
"""In the examples, which run compilers and package managers."""

REMOTE_ALLOWANCES = (
    Allowance(name="git-folders", where="/*.git/*", what=frozenset()),
    Allowance(name="git-files-of-submodules", where="/*.git", what=frozenset({MISSING})),
)
"""In what is fetched."""
