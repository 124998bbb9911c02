"""What an ordinary build loads: loading takes longer than planning it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = """\
import sys
report, *argv = sys.argv[1:]
sys.argv[1:] = argv
from jettison.cli.main import entry_point
code = entry_point()
import json
with open(report, "w") as file:
    json.dump(list(sys.modules), file)
sys.exit(code)
"""

STANDARD = frozenset(
    [
        "argparse",
        "ast",
        "asyncio",
        "bz2",
        "concurrent.futures",
        "dataclasses",
        "datetime",
        "email",
        "gettext",
        "http",
        "inspect",
        "ipaddress",
        "locale",
        "logging",
        "lzma",
        "optparse",
        "random",
        "selectors",
        "shutil",
        "socket",
        "ssl",
        "subprocess",
        "tempfile",
        "tomllib",
        "traceback",
        "typing",
        "urllib.parse",
        "weakref",
        "xml",
    ]
)
"""Each takes as long as some steps; what needs one imports it where it does."""

OTHERS = frozenset(["backports.zstd", "cryptography", "rich", "ruamel", "textual", "tree_sitter", "urllib3"])

OURS = frozenset(
    [
        "analyze",
        "base",
        "bake",
        "hcl",
        "lsp",
        "packages",
        "attest.licences",
        "attest.provenance",
        "attest.spdx",
        "attest.statement",
        "dockerfile.healthcheck",
        "dockerfile.ignore",
        "dockerfile.mounts",
        "engine.archives",
        "engine.attest",
        "engine.build_record",
        "engine.missing",
        "engine.old_layer",
        "engine.pull",
        "engine.push",
        "engine.run",
        "engine.squash",
        "layer.content",
        "layer.tar_read",
        "layout.docker_archive",
        "layout.files",
        "layout.oci_layout",
        "registry.client",
        "registry.credentials",
        "registry.mirrors",
        "registry.session",
        "registry.settings",
        "registry.transport",
        "sandbox.emulation",
        "sandbox.oci",
        "sandbox.oci_spec",
        "sources.git",
        "sources.http",
        "store.containers",
        "store.deletion",
        "store.mounts",
        "store.packages",
        "store.prune",
        "store.sweep",
        "store.usage",
    ]
)


def loaded(folder: Path, dockerfile: str) -> list[str]:
    """The modules that a build into an archive loads in an empty store, in their order."""
    context = folder / "context"
    context.mkdir()
    (context / "file").write_text("text")
    if busybox := shutil.which("busybox"):
        shutil.copy(busybox, context / "busybox")
    (context / "Dockerfile").write_text(dockerfile)
    report = folder / "report"
    command = [sys.executable, "-S", "-c", f"import sys\nsys.path[:] = {sys.path!r}\n{WATCHED}", str(report)]
    done = subprocess.run(
        [*command, "build", "-o", "type=oci,dest=out.tar", str(context)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(report.read_text())
    return names


def needless(modules: list[str]) -> list[str]:
    """What of it a build can do without."""
    unwanted = STANDARD | OTHERS | {f"jettison.{name}" for name in OURS}
    return sorted(unwanted.intersection(modules))


def test_a_build_that_copies_loads_what_it_needs(tmp_path: Path) -> None:
    """No parser of options or TOML, no network, no processes, nothing of other commands."""
    modules = loaded(tmp_path, "FROM scratch AS first\nCOPY file /\nFROM scratch\nCOPY --from=first /file /again\n")
    assert needless(modules) == []
    assert "jettison.sandbox.launch" not in modules


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("busybox"), reason="busybox-static is not installed")
def test_a_build_that_runs_loads_what_it_needs(tmp_path: Path) -> None:
    """The same where commands run: the launcher is a fork, so that nothing starts an interpreter."""
    modules = loaded(tmp_path, 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "true"]\n')
    assert needless(modules) == []


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("busybox"), reason="busybox-static is not installed")
def test_the_sandbox_is_opened_while_the_rest_is_loaded(tmp_path: Path) -> None:
    """A command that will probably come finds it open: it is tried by another process, and takes as long as loading."""
    modules = loaded(tmp_path, 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "true"]\n')
    assert modules.index("jettison.sandbox.probe") < modules.index("jettison.engine.build")
