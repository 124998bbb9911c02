"""Dockerfiles made at random from a seed, and the one context that they all copy from: pitfalls put together by chance."""

from __future__ import annotations

import io
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

_USERS = ("root", "sailor", "1000:1001", "nobody", "sailor:harbour", "4321", "0:0", "daemon:7")
_FOLDERS = (
    *("/made", "/made/deep", "rel", "rel/./sub/..", "/lib/app", "/var/run/x", "/tmp", "/", "..", "$A", "/v/${B:-none}"),
    *("/home/sailor/w", "a b", "/usr/lib/../odd"),
)
_SOURCES = (
    *("file", "other", "tree", "tree/", "tree/.", "tree/deep", "tree/deep/leaf", "*.txt", "t*", "l*", "tree/*", "."),
    *("link", "dirlink", "dirlink/leaf", "./file", "/file", "tree/../file", "[ab].txt", "?.txt", "empty", "hard*"),
    *("${A}file", "odd[[]1]", "exec.sh", "tree/*/leaf", "nowhere*"),
)
_TARGETS = (
    *("/", ".", "./", "/made", "/made/", "/made/new/", "/lib/", "/lib/file", "/etc/motd", "/var/run/", "sub/", "sub"),
    *("/copied/a/b/c", "/home/sailor/", "$B/", "/x/$A/y", "/tmp/", "/usr/lib", "../up/", "/made/link", "/bin/"),
)
_MODES = ("644", "0755", "4755", "1777", "600", "700")
_STAGES = ("one", "two", "Three")
_VALUES = (
    *("plain", '"with blank"', "$A", "${B}", "${C:-fall}", "${A:+set}", "${A#p}", "${A%%n*}", "${A/l/L}", "${A//a/_}"),
    *("'$A'", '"$A-${B}"', "\\$A", "${NOPE-none}", "a\\ b", "${A:-${B}}", '""'),
)


def write_random_context(folder: Path) -> None:
    """Files of all kinds with fixed times."""
    files = {
        "file": "file\n",
        "other": "other\n",
        "plainfile": "plain\n",
        "app.txt": "app\n",
        "a.txt": "a\n",
        "b.txt": "bb\n",
        "odd[1]": "odd\n",
        "exec.sh": "#!/bin/sh\necho run\n",
        "tree/one": "1\n",
        "tree/two.txt": "2\n",
        "tree/deep/leaf": "leaf\n",
        "tree/deep/more/leaf": "leaf\n",
        "tree/.hidden": "h\n",
        "hard1": "hard\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    (folder / "exec.sh").chmod(0o755)
    (folder / "other").chmod(0o640)
    (folder / "tree/deep").chmod(0o750)
    (folder / "empty").mkdir()
    (folder / "empty").chmod(0o711)
    (folder / "hard2").hardlink_to(folder / "hard1")
    for name, target in {
        "link": "file",
        "dirlink": "tree/deep",
        "dangling": "nowhere",
        "absolute": "/etc/passwd",
        "tree/up": "../file",
        "tree/deeplink": "deep",
    }.items():
        (folder / name).symlink_to(target)
    os.chown(folder / "b.txt", 1000, 1001)
    with tarfile.open(folder / "pack.tar", "w") as archive:
        for name, mode in (("packed/in", 0o600), ("packed/out", 0o755)):
            member = tarfile.TarInfo(name)
            member.mode, member.uid, member.gid, member.size, member.mtime = mode, 12, 34, 3, 1_000_000_000
            archive.addfile(member, io.BytesIO(b"in\n"))
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (1_100_000_000, 1_100_000_000), follow_symlinks=False)


def random_dockerfile(seed: int) -> str:
    """A Dockerfile of one to three stages; equal seeds give equal texts. It may well be one that is to be refused."""
    return _Author(random.Random(seed)).write()


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._stages: list[str] = []
        self._made = 0

    def write(self) -> str:
        """The text."""
        lines = ["ARG GLOBAL=glob"]
        for number in range(self._chance.choice((1, 1, 2, 3))):
            lines += self._stage(number)
        return "\n".join(lines) + "\n"

    def _stage(self, number: int) -> list[str]:
        bases = ["busybox:test"] * 6 + ["onbuild:test"] + self._stages * 2
        base = self._chance.choice(bases)
        name = _STAGES[number]
        lines = [f"FROM {base} AS {name}", "ARG A=plain", "ENV B=/env C="]
        makers: tuple[tuple[Callable[[], str], int], ...] = (
            (self._copy, 8),
            (self._run, 3),
            (self._env, 2),
            (self._workdir, 3),
            (self._user, 2),
            (self._config, 2),
        )
        functions, weights = zip(*makers, strict=True)
        lines += [maker() for maker in self._chance.choices(functions, weights, k=self._chance.randrange(2, 8))]
        self._stages.append(name)
        return lines

    def _copy(self) -> str:
        pick = self._chance
        flags = []
        word = "COPY"
        if pick.random() < 0.15:
            word = "ADD"
        elif self._stages and pick.random() < 0.3:
            flags.append(f"--from={pick.choice([*self._stages, '0'])}")
        if pick.random() < 0.25:
            flags.append(f"--chown={pick.choice(_USERS)}")
        if pick.random() < 0.2:
            flags.append(f"--chmod={pick.choice((*_MODES, 'u=rwX,go=rX', 'a+x', 'go-rwx'))}")
        if pick.random() < 0.12:
            flags.append("--link")
        if word == "COPY" and pick.random() < 0.12:
            flags.append("--parents")
        if pick.random() < 0.12:
            flags.append(f"--exclude={pick.choice(('*.txt', 'tree/deep', '**/leaf', 'deep', 'file', '**/.hidden'))}")
        sources: tuple[str, ...] = _SOURCES
        if any(flag.startswith("--from") for flag in flags):
            sources = (
                "/etc",
                "/etc/motd",
                "/made",
                "/home/*",
                "/lib",
                "/var/run",
                "/copied",
                "/etc/*",
                "/home/./sailor",
            )
        elif word == "ADD":
            sources = ("pack.tar", "file", "tree", "pack*", "*.txt")
        chosen = pick.sample(sources, pick.choice((1, 1, 1, 2)))
        words = [*chosen, pick.choice(_TARGETS)]
        if pick.random() < 0.1:
            text = "[" + ", ".join(f'"{each}"' for each in words) + "]"
            return " ".join([word, *flags, text])
        return " ".join([word, *flags, *words])

    def _run(self) -> str:
        self._made += 1
        number = self._made
        commands = (
            f"echo {number} > /tmp/r{number}",
            f"mkdir -p /made/d{number} && echo $B > /made/d{number}/b",
            "rm -rf /made",
            "ln -sf /etc /made-link; ln -sfn /lib /made",
            "chmod 700 /tmp; id -u > /tmp/id; id -G >> /tmp/id",
            f'pwd > /tmp/pwd{number}; echo "$A|$GLOBAL|$C" >> /tmp/pwd{number}',
            "rm -f /etc/motd; mkdir -p /etc/motd",
            "mv /etc/os-release /etc/moved; touch -d @1000000000 /etc/moved",
            "cp -a /etc /copied-etc; rm -rf /home/sailor",
            "mkfifo /tmp/fifo; ln /etc/passwd /tmp/hard-passwd",
        )
        command = self._chance.choice(commands)
        if self._chance.random() < 0.2:
            return f"RUN <<EOF\n{command}\nEOF"
        return f"RUN {command}"

    def _env(self) -> str:
        value = self._chance.choice(_VALUES)
        name = self._chance.choice(("A", "B", "C", "D"))
        kind = self._chance.choice(("ENV", "ENV", "ARG", "LABEL"))
        if kind == "ARG" and self._chance.random() < 0.3:
            return self._chance.choice(("ARG GLOBAL", "ARG TARGETARCH", "ARG UNSET"))
        return f"{kind} {name}={value}"

    def _workdir(self) -> str:
        return f"WORKDIR {self._chance.choice(_FOLDERS)}"

    def _user(self) -> str:
        return f"USER {self._chance.choice(_USERS)}"

    def _config(self) -> str:
        return self._chance.choice(
            (
                "EXPOSE 80 443/udp",
                "EXPOSE 8000-8002/tcp",
                "VOLUME /data $B",
                'VOLUME ["/a b", "/c"]',
                "CMD echo $A",
                'CMD ["echo", "$A"]',
                "ENTRYPOINT top",
                'ENTRYPOINT ["/bin/sh", "-c"]',
                "STOPSIGNAL SIGUSR1",
                "STOPSIGNAL $NOPE",
                "HEALTHCHECK --interval=5s --retries=2 CMD true $A",
                "HEALTHCHECK NONE",
                'SHELL ["/bin/sh", "-ec"]',
                "ONBUILD RUN echo trigger > /tmp/trigger",
                "ONBUILD COPY file /onbuild/",
                "MAINTAINER somebody",
                "LABEL a=1 b=\"two words\" c='$A'",
            )
        )
