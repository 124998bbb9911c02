"""RUN of another architecture: refused with a reason where the kernel cannot, run for real where it can."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engine.bench import PLATFORM, Bench

from jettison.errors import BuildError
from jettison.model.platform import Platform
from jettison.sandbox.emulation import find_handler, tiny_program

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
CANNOT_REGISTER = 77
BINFMT = "/proc/sys/fs/binfmt_misc"
NAME = f"jettison-test-{os.getpid()}"
DOCKERFILE = """\
FROM scratch
COPY make /make
RUN ["/make"]
"""


def program_that_makes_a_folder() -> bytes:
    """An arm64 program: ``mkdir /made``."""
    tiny = tiny_program("arm64")
    assert tiny is not None
    header, start = bytearray(tiny[:120]), 120
    code = struct.pack(
        "<8I", 0x92800C60, 0x100000E1, 0xD2803DA2, 0xD2800448, 0xD4000001, 0xD2800000, 0xD2800BA8, 0xD4000001
    )  # mkdirat(AT_FDCWD, "/made", 0755); exit(0)
    body = code + b"/made\0"
    struct.pack_into("<QQ", header, 64 + 32, start + len(body), start + len(body))
    return bytes(header) + body


def with_emulator(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command while the kernel runs arm64 programs: since it does anyway, or by an interpreter registered for it.

    The mount namespace of its own takes the registration along where binfmt_misc was not mounted before.
    """
    tiny = tiny_program("arm64")
    assert tiny is not None
    qemu = shutil.which("qemu-aarch64-static")
    if PLATFORM.architecture == "arm64" or find_handler(tiny) is not None:
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    if qemu is None:
        pytest.skip("qemu-user-static is not installed")
    magic = "".join(f"\\x{byte:02x}" for byte in tiny[:20])
    mask = "\\xff" * 7 + "\\x00" + "\\xff" * 8 + "\\xfe" + "\\xff" * 3
    script = f"""\
test -e {BINFMT}/register || mount -t binfmt_misc none {BINFMT} || exit {CANNOT_REGISTER}
cat > {BINFMT}/register || exit {CANNOT_REGISTER}
"$@"
code=$?
echo -1 > {BINFMT}/{NAME}
exit $code
"""
    line = f":{NAME}:M::{magic}:{mask}:{qemu}:F"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *command],
        check=False,
        input=line,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if done.returncode == CANNOT_REGISTER:
        pytest.skip("binfmt_misc cannot be changed here")
    return done


def test_commands_of_another_architecture_run(bench: Bench) -> None:
    """The command's files are in the layer, as with any other."""
    bench.context.mkdir()
    program = bench.context / "make"
    program.write_bytes(program_that_makes_a_folder())
    program.chmod(0o755)
    (bench.context / "Dockerfile").write_text(DOCKERFILE)
    script = f"""\
from pathlib import Path
from tests.engine.bench import Bench
from jettison.model.platform import Platform
from jettison.store.store import Store
with Store.open(Path({str(bench.root / "store")!r})) as store:
    built = Bench(root=Path({str(bench.root)!r}), store=store).build(None, platforms=(Platform.parse("linux/arm64"),))
    assert built.has("made"), built.tree.entries
    assert str(built.config.platform) == "linux/arm64"
"""
    done = with_emulator(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr


def test_where_it_cannot_run(bench: Bench) -> None:
    """The error stands at the command, and says what would help; what went before is kept."""
    with pytest.raises(BuildError, match="a command for linux/pdp11 cannot run on") as caught:
        bench.build("FROM scratch\nCOPY Dockerfile /\nRUN echo\n", platforms=(Platform.parse("linux/pdp11"),))
    assert "Dockerfile:3" in str(caught.value.place)
    assert "qemu-user-static" in str(caught.value.hint)
    assert bench.failed().name.endswith("RUN echo")
