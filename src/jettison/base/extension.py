"""More packages on a slim image: this machine's apt drives the image's dpkg in an overlay, whose upper is the layer."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jettison.base.apt import Apt, Download
from jettison.base.conventions import POLICY_PATH, dpkg_options
from jettison.base.image import Parent
from jettison.base.namespace import run_apart
from jettison.errors import BuildError

_CAPABILITIES = ",".join((
    "-all", "+chown", "+dac_override", "+fowner", "+fsetid", "+kill", "+setgid", "+setuid", "+setpcap", "+sys_chroot",
    "+setfcap",
))  # fmt: skip
"""What maintainer scripts may do: what docker grants to a container, without the network and device nodes."""

_TOUCHED = (
    "proc",
    "dev",
    "sys",
    "tmp",
    "run",
    "var/cache/apt/archives",
    "var/lib/apt/extended_states",
    "var/lib/dpkg/status",
    POLICY_PATH,
)
"""Image paths that are used from outside of the image."""

_SCRIPT = f"""\
set -eu
root=$1
lower=$2
config=$3
shift 3
mount -t overlay jettison -o "lowerdir=$lower,upperdir=upper,workdir=work,redirect_dir=off,metacopy=off" "$root"
for folder in proc dev sys tmp run var/cache/apt/archives; do
    [ -d "$root/$folder" ] || mkdir -p "$root/$folder"
done
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    [ -e "/dev/$device" ] || continue
    : > "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount --bind packages "$root/var/cache/apt/archives"
policy=$root/{POLICY_PATH}
own_policy=
if ! [ -e "$policy" ] && [ -d "${{policy%/*}}" ]; then
    own_policy=yes
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
export APT_CONFIG=$config
setpriv --inh-caps=-all --bounding-set={_CAPABILITIES} \\
    apt-get install --yes -qq --no-download --no-remove \\
    -o "Dir::State::status=$root/var/lib/dpkg/status" \\
    -o "Dir::State::extended_states=$root/var/lib/apt/extended_states" \\
    -o "Dir::Cache::archives=$root/var/cache/apt/archives" \\
    -o "DPkg::Chroot-Directory=$root" -o DPkg::Use-Pty=false \\
    "$@"
if [ -n "$own_policy" ]; then
    rm "$policy"
fi
umount --lazy "$root"
"""


def extend(
    apt: Apt,
    packages: Sequence[tuple[Download, Path]],
    names: Sequence[str],
    *,
    parent: Parent,
    epoch: int,
    folder: Path,
) -> Path:
    """Install ``names`` over the parent; returns the upper directory in overlayfs' form. No network is needed.

    The parent's dpkg and the packages' maintainer scripts run in a chroot with few capabilities: enough to keep honest
    packages apart from this machine, not a prison for a base image that nobody trusts.
    """
    for path in _TOUCHED:
        if parent.tree.resolve(path) != path:
            raise BuildError(
                f"/{path} of the base image leads to /{parent.tree.resolve(path)} by a symbolic link",
                hint="nothing can be installed safely over such an image; choose another base",
            )
    for made in ("root", "upper", "work", "packages", "packages/partial", "lower"):
        (folder / made).mkdir()
    (folder / "upper").chmod(0o755)
    for item, deb in packages:
        name = folder / "packages" / item.file_name
        try:
            name.hardlink_to(deb)
        except OSError:  # the cache is on another file system
            shutil.copyfile(deb, name)
    # Short relative names: the kernel takes one page of options, and a comma or colon in a path would end it early.
    for number, layer in enumerate(parent.folders):
        (folder / "lower" / str(number)).symlink_to(layer.absolute())
    lower = ":".join(f"lower/{number}" for number in reversed(range(len(parent.folders))))
    options = [f"-oDPkg::Options::=--{option}" for option in (*dpkg_options(), "force-confold", "log=/dev/null")]
    root = str(folder / "root")
    command = ["sh", "-c", _SCRIPT, "jettison", root, lower, str(apt.config_path), *options, *names]
    run_apart(command, doing="installing packages over the base image", tool="apt-get", epoch=epoch, cwd=folder)
    return folder / "upper"
