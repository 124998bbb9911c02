"""What lies where ballast does and is used all the same: each case alone, and beside it what is ballast indeed."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, link, program, symlink, weight_of

from jettison.model.config import RunConfig
from jettison.model.entry import Entry

PACKAGES = "usr/local/lib/python3.11/site-packages"
CASES: dict[str, tuple[RunConfig, list[Entry], set[str]]] = {
    "uv links its cache into the packages": (
        RunConfig(),
        [
            file("root/.cache/uv/archive-v0/a/np.so", 900),
            file("root/.cache/uv/wheels-v5/index", 7),
            link(f"{PACKAGES}/np.so", "root/.cache/uv/archive-v0/a/np.so"),
        ],
        {"root/.cache/uv/wheels-v5/index"},
    ),
    "pnpm has its store in the project": (
        RunConfig(),
        [file("app/.pnpm-store/v3/files/aa", 900), link("app/node_modules/x/index.js", "app/.pnpm-store/v3/files/aa")],
        set(),
    ),
    "conda links what it kept": (
        RunConfig(),
        [file("opt/conda/pkgs/tk/share/x", 900), link("opt/conda/share/x", "opt/conda/pkgs/tk/share/x")],
        set(),
    ),
    "both names lie in caches": (
        RunConfig(),
        [file("root/.cache/uv/a", 900), link("root/.cache/uv/b", "root/.cache/uv/a")],
        {"root/.cache/uv/a"},
    ),
    "cargo links the program to where it linked it": (
        RunConfig(cmd=("/app/target/release/server",)),
        [
            program("app/target/release/deps/server-0a1b", 900),
            file("app/target/release/deps/libserde.rlib", 70),
            file("app/target/release/incremental/x", 8),
            link("app/target/release/server", "app/target/release/deps/server-0a1b"),
        ],
        {"app/target/release/deps/libserde.rlib", "app/target/release/incremental/x"},
    ),
    "a cache that a symbolic link leads into": (
        RunConfig(),
        [
            file("root/.cache/uv/archive-v0/a/np.so", 900),
            file("root/.cache/uv/archive-v0/b/old.so", 5),
            file("root/.cache/pip/x", 5),
            symlink(f"{PACKAGES}/np", "/root/.cache/uv/archive-v0/a"),
        ],
        {"root/.cache/pip/x"},
    ),
    "models and browsers that are called a cache": (
        RunConfig(),
        [
            file("root/.cache/huggingface/hub/models--x/blobs/abc", 900),
            file("root/.cache/torch/hub/checkpoints/r.pth", 900),
            file("root/.cache/ms-playwright/chromium-1/chrome", 900),
            file("root/.cache/pypoetry/virtualenvs/app/lib/x.py", 900),
            file("root/.cache/pypoetry/artifacts/x.whl", 5),
        ],
        {"root/.cache/pypoetry/artifacts/x.whl"},
    ),
    "the folder of the program among temporary files": (
        RunConfig(cmd=("/tmp/app/run",), working_dir="/tmp/app"),
        [program("tmp/app/run", 900), file("tmp/app/page.html", 900), file("tmp/download", 5)],
        {"tmp/download"},
    ),
    "a program that lies in /tmp itself": (
        RunConfig(cmd=("/tmp/run",)),
        [program("tmp/run", 900), file("tmp/download", 5)],
        {"tmp/download"},
    ),
    "translations for the language that is set": (
        RunConfig(env=(("LANG", "de_AT.UTF-8"), ("LANGUAGE", "de_AT:pt"))),
        [
            file("usr/share/locale/de/LC_MESSAGES/x.mo", 900),
            file("usr/share/locale/pt/LC_MESSAGES/x.mo", 900),
            file("usr/share/locale/fr/LC_MESSAGES/x.mo", 5),
        ],
        {"usr/share/locale/fr/LC_MESSAGES/x.mo"},
    ),
    "licences are no documentation": (
        RunConfig(),
        [file("usr/share/doc/x/copyright", 900), file("usr/share/doc/x/README", 5)],
        {"usr/share/doc/x/README"},
    ),
    "what packages of Python offer for the tests of others": (
        RunConfig(),
        [
            file(f"{PACKAGES}/django/test/client.py", 900),
            file(f"{PACKAGES}/astropy/tests/runner.py", 900),
            file(f"{PACKAGES}/numpy/tests/test_x.py", 5),
        ],
        {f"{PACKAGES}/numpy/tests/test_x.py"},
    ),
    "packages that have the name of tests": (
        RunConfig(),
        [
            file("app/node_modules/test/index.js", 900),
            file("app/node_modules/@x/tests/index.js", 900),
            file("app/node_modules/y/test/z.js", 5),
        ],
        {"app/node_modules/y/test/z.js"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_use_is_no_ballast(case: str) -> None:
    """And what lies beside it is told as before."""
    run, entries, ballast = CASES[case]
    weight = weight_of(entries, run=run)
    assert {path.path for finding in weight.findings for path in finding.paths} == ballast
    assert weight.predicted_bytes == weight.total_bytes - weight.ballast_bytes
