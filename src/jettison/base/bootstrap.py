"""A slim root file system from nothing: mmdebstrap, given lists and packages that apt has fetched and checked."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jettison.base.apt import Apt, Download
from jettison.base.conventions import dpkg_options, slim_files
from jettison.base.namespace import check_root, check_tool, run_apart

_MERGED = "usr-is-merged"
"""Says that /usr is merged already; in its absence ``usrmerge`` would come, and bring all of Perl along."""

MINIMAL_PACKAGES = (f"?or(?essential,?priority(required),?exact-name({_MERGED}))", "apt")
"""apt patterns for what mmdebstrap's variant ``minbase`` installs."""

_MERGED_HOOKS = Path("/usr/share/mmdebstrap/hooks/merged-usr")

_HOOK = """\
mkdir -p "$1"/var/cache/apt/archives "$1"/var/lib/apt/lists
cp -rL --reflink=auto packages/. "$1"/var/cache/apt/archives/
cp -rL --reflink=auto lists/. "$1"/var/lib/apt/lists/
"""


def check_bootstrap() -> None:
    """Raise where a slim image cannot be made on this machine."""
    check_root("slim images")
    check_tool("mmdebstrap", "mmdebstrap")


def bootstrap(
    apt: Apt, packages: Sequence[tuple[Download, Path]], names: Sequence[str], *, epoch: int, folder: Path
) -> Path:
    """Make a root below ``folder`` with the minimal packages and ``names``; ``packages`` are all that takes.

    mmdebstrap runs without network: everything it installs was resolved and checked before.
    """
    archives, lists, root = folder / "packages", folder / "lists", folder / "root"
    archives.mkdir()
    for item, deb in packages:
        (archives / item.file_name).symlink_to(deb)
    apt.copy_lists(lists)
    sources = folder / "debian.sources"
    sources.write_text("\n".join(source.paragraph(private=True) for source in apt.sources))
    included = [item.package.name for item, _ in packages if item.package.name == _MERGED] + list(names)
    command = [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        f"--architectures={apt.architecture}",
        "--skip=update,download/empty,check/signed-by",
        f"--setup-hook={_HOOK}",
        '--aptopt=Acquire::Languages { "none"; }',
        *(f"--dpkgopt={option}" for option in dpkg_options()),
        *(["--include=" + ",".join(included)] if included else []),
        *([f"--hook-dir={_MERGED_HOOKS}"] if _MERGED in included else []),
        apt.sources[0].suite,
        str(root),
        str(sources),
    ]
    run_apart(command, doing="installing packages", tool="mmdebstrap", epoch=epoch, cwd=folder)
    shutil.rmtree(archives)
    shutil.rmtree(lists)
    for name, (text, mode) in slim_files(apt.sources).items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text)
        target.chmod(mode)
    return root
