"""What a RUN becomes: its mounts with BuildKit's defaults, its variables, its name, and what has to be allowed."""

from __future__ import annotations

from typing import Any

import pytest

from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.errors import JettisonError
from jettison.model.definition import Definition
from jettison.model.op import ExecMount, ExecOp, InlineOp, Limit, MountKind, SecretVariable, Sharing, Vertex
from jettison.model.platform import Platform
from jettison.model.run_settings import Entitlement, RunSettings

AMD64 = Platform.parse("linux/amd64")


def definition(text: str, **options: Any) -> Definition:
    """What a Dockerfile on scratch becomes."""
    program = read_instructions(parse_dockerfile(f"FROM scratch\n{text}\n", "Dockerfile"))
    made = convert(program, ConvertOptions(build_platform=AMD64, target_platform=AMD64, **options), {})
    assert isinstance(made, Definition)
    return made


def vertex(text: str, **options: Any) -> Vertex:
    """The vertex of the last RUN."""
    return [vertex for vertex in definition(text, **options).vertices if isinstance(vertex.op, ExecOp)][-1]


def op(text: str, **options: Any) -> ExecOp:
    found = vertex(text, **options).op
    assert isinstance(found, ExecOp)
    return found


@pytest.mark.parametrize(
    ("flag", "mount"),
    [
        ("type=secret,id=a", {"kind": MountKind.SECRET, "target": "/run/secrets/a", "id": "a", "mode": 0o400}),
        ("type=secret,id=d/a", {"kind": MountKind.SECRET, "target": "/run/secrets/a", "id": "d/a", "mode": 0o400}),
        ("type=secret,src=a", {"kind": MountKind.SECRET, "target": "/run/secrets/a", "id": "a", "mode": 0o400}),
        ("type=secret,target=/x/y", {"kind": MountKind.SECRET, "target": "/x/y", "id": "y", "mode": 0o400}),
        ("type=secret,id=a,target=y", {"kind": MountKind.SECRET, "target": "/w/y", "id": "a", "mode": 0o400}),
        (
            "type=secret,id=a,mode=01755,uid=3,gid=4,required",
            {"kind": MountKind.SECRET, "target": "/run/secrets/a", "id": "a", "mode": 0o755, "uid": 3, "gid": 4}
            | {"required": True},
        ),
        ("type=ssh", {"kind": MountKind.SSH, "target": "/run/buildkit/ssh_agent.0", "id": "default", "mode": 0o600}),
        (
            "type=ssh,id=k,target=/s,mode=0666,uid=1,required=true",
            {"kind": MountKind.SSH, "target": "/s", "id": "k", "mode": 0o666, "uid": 1, "required": True},
        ),
        ("target=x", {"kind": MountKind.BIND, "target": "/w/x", "input": 1, "read_only": True}),
        ("source=/a/../b/,target=/x/,rw", {"kind": MountKind.BIND, "target": "/x", "input": 1, "source": "b"}),
        ("type=cache,target=/c/", {"kind": MountKind.CACHE, "target": "/c", "id": "/c"}),
        ("type=cache,target=c", {"kind": MountKind.CACHE, "target": "/w/c", "id": "c"}),
        (
            "type=cache,target=/c,id=$WHO,sharing=locked,ro,from=scratch,source=d",
            {"kind": MountKind.CACHE, "target": "/c", "id": "me", "sharing": Sharing.LOCKED, "read_only": True}
            | {"input": 1, "source": "d"},
        ),
        ("type=tmpfs,target=/t,size=1m", {"kind": MountKind.TMPFS, "target": "/t", "size_bytes": 1 << 20}),
        ("type=tmpfs,target=/t,ro", {"kind": MountKind.TMPFS, "target": "/t", "read_only": True}),
    ],
)
def test_mounts(flag: str, mount: dict[str, Any]) -> None:
    """Types, options and defaults."""
    (made,) = op(f"ENV WHO=me\nWORKDIR /w\nRUN --mount={flag} true").mounts
    defaults = {"uid": 0, "gid": 0} if made.kind in (MountKind.SECRET, MountKind.SSH) else {}
    if made.kind is MountKind.SECRET:
        defaults["read_only"] = True
    assert made == ExecMount(**(defaults | mount))


def test_secrets_in_variables() -> None:
    """With env= alone there is no file; with a target there are both."""
    made = op("RUN --mount=type=secret,id=a,env=A --mount=type=secret,id=b,env=B,target=/b,required true")
    assert made.secret_env == (
        SecretVariable(name="A", id="a"),
        SecretVariable(name="B", id="b", required=True),
    )
    assert [mount.target for mount in made.mounts] == ["/b"]


def test_agents_are_numbered_and_the_first_is_told() -> None:
    """By SSH_AUTH_SOCK, unless the Dockerfile has that variable."""
    flags = "--mount=type=ssh,id=a --mount=type=ssh,id=b"
    made = op(f"RUN {flags} true")
    assert [mount.target for mount in made.mounts] == ["/run/buildkit/ssh_agent.0", "/run/buildkit/ssh_agent.1"]
    assert dict(made.env)["SSH_AUTH_SOCK"] == "/run/buildkit/ssh_agent.0"
    assert dict(op(f"ARG SSH_AUTH_SOCK=/mine\nRUN {flags} true").env)["SSH_AUTH_SOCK"] == "/mine"
    assert "SSH_AUTH_SOCK" not in dict(op("RUN true").env)


def test_mounts_are_made_parents_first() -> None:
    """In the order of their targets, whatever the order of the flags; the inputs stay theirs."""
    made = op("RUN --mount=type=tmpfs,target=/b/c --mount=target=/b --mount=type=secret,id=x,target=/a true")
    assert [(mount.target, mount.input) for mount in made.mounts] == [("/a", None), ("/b", 1), ("/b/c", None)]


def test_names_of_caches_may_have_a_space_of_their_own() -> None:
    """BUILDKIT_CACHE_MOUNT_NS, without an ARG."""
    given = (("BUILDKIT_CACHE_MOUNT_NS", "mine"),)
    assert op("RUN --mount=type=cache,target=/c true", build_args=given).mounts[0].id == "mine//c"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--mount=type=ssh,source=/x", "ssh does not support source"),
        ("--mount=target=/", "invalid mount target '/'"),
        ("--mount=type=cache", "invalid mount target"),
        ("--mount=type=secret,id=a,target=/x/..", "invalid mount target"),
        ("--mount=type=secret,id=a,env=", "env needs the name of a variable"),
        ("--security=insecure", "security.insecure is not allowed"),
        ("--network=host", "network.host is not allowed"),
        ("--device=vendor.com/class=gpu,required", 'required device "vendor.com/class=gpu" is not registered'),
    ],
)
def test_what_is_refused(flags: str, message: str) -> None:
    """In BuildKit's words, with its place."""
    with pytest.raises(JettisonError) as caught:
        definition(f"RUN {flags} true")
    assert message in str(caught.value)
    assert "Dockerfile:2:" in str(caught.value)


def test_what_was_allowed() -> None:
    """Entitlements make the difference, and are no part of the step."""
    settings = RunSettings(allowed=frozenset(Entitlement))
    made = op("RUN --security=insecure --network=host true", run=settings)
    assert made.insecure
    assert made.network == "host"
    assert op("RUN --security=sandbox true") == op("RUN true", run=settings)


def test_a_device_that_may_be_missing_is_a_warning() -> None:
    """With its place."""
    ((message, location),) = definition("RUN --device=vendor.com/class=gpu true").warnings
    assert message == 'optional device "vendor.com/class=gpu" is not registered'
    assert location == "Dockerfile:2:14"


def test_the_settings_of_the_build() -> None:
    """Reach every RUN, its own flags before them."""
    settings = RunSettings(
        network="none",
        extra_hosts=(("a", "1.2.3.4"),),
        shm_size_bytes=1 << 20,
        limits=(Limit(name="nofile", soft=1, hard=2),),
        control_group_parent="p",
    )
    made = op("RUN true", run=settings, build_args=(("BUILDKIT_SANDBOX_HOSTNAME", "box"),))
    assert (made.network, made.extra_hosts, made.hostname) == ("none", (("a", "1.2.3.4"),), "box")
    assert (made.shm_size_bytes, made.limits, made.control_group_parent) == (1 << 20, settings.limits, "p")
    assert op("RUN --network=default true", run=settings).network == "none"
    allowed = RunSettings(network="none", allowed=frozenset([Entitlement.NETWORK_HOST]))
    assert op("RUN --network=host true", run=allowed).network == "host"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("RUN <<EOF\necho one\nEOF", "[1/1] RUN <<EOF (echo one)"),
        ("RUN <<EOF\n\necho one\necho two\nEOF", "[1/1] RUN <<EOF (echo one...)"),
        ("RUN <<EOF cat\nx\nEOF", "[1/1] RUN <<EOF cat"),
        ("ENV A=b\nRUN echo $A '$A' $B", "[1/1] RUN echo b '$A' $B"),
        ("ENV A=b\nRUN --mount=type=secret,id=x,env=A echo $A", "[1/1] RUN --mount=type=secret,id=x,env=A echo ****"),
    ],
)
def test_names_of_steps(text: str, name: str) -> None:
    """A heredoc's first line is told, variables are replaced, secrets are stars."""
    assert vertex(text).name == name


def test_interpreters_of_heredocs() -> None:
    """A script that names one is executed itself, the others are given to the shell."""
    made = definition('SHELL ["/bin/bash", "-c"]\nRUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF')
    (script,) = [vertex.op for vertex in made.vertices if isinstance(vertex.op, InlineOp)]
    assert (script.filename, script.mode, script.data) == ("EOF", 0o755, b"#!/usr/bin/env python3\nprint()\n")
    run = next(vertex.op for vertex in made.vertices if isinstance(vertex.op, ExecOp))
    assert run.args == ("/bin/bash", "-c", "/dev/pipes/EOF")
    assert (run.mounts[0].target, run.mounts[0].read_only) == ("/dev/pipes", True)
    assert made.steps[-1].history.created_by == "RUN /bin/bash -c /dev/pipes/EOF # buildkit"
    assert op('SHELL ["/bin/bash", "-c"]\nRUN <<EOF\necho\nEOF').args == ("/bin/bash", "-c", "echo\n")
    assert op("RUN cat <<A - <<'B' > /x\na\nA\n$b\nB").args == ("/bin/sh", "-c", "cat <<A - <<'B' > /x\na\nA\n$b\nB")


def test_proxies_reach_commands_alone() -> None:
    """Neither history nor key; a proxy that is declared is an argument like any other."""
    given = (("HTTP_PROXY", "http://p"), ("no_proxy", "x"))
    made = vertex("RUN true", build_args=given)
    assert dict(made.ambient_env) == {
        "HTTP_PROXY": "http://p", "http_proxy": "http://p", "NO_PROXY": "x", "no_proxy": "x",
    }  # fmt: skip
    assert made.op == op("RUN true")
    declared = definition("ARG HTTP_PROXY\nRUN true", build_args=given)
    assert declared.steps[-1].history.created_by == "RUN |1 HTTP_PROXY=http://p /bin/sh -c true # buildkit"


def test_stages_without_cache() -> None:
    """By their names, in any case; a name that is not there is a warning with the nearest one."""
    text = "FROM scratch AS builder\nRUN true\nFROM scratch\nCOPY --from=builder / /"
    made = definition(text, no_cache_stages=("BUILDER", "bilder"))
    ignored = {vertex.name: vertex.ignore_cache for vertex in made.vertices}
    assert ignored["[builder 1/1] RUN true"]
    assert not ignored["[stage-2 1/1] COPY --from=builder / /"]
    ((message, _),) = made.warnings
    assert message == "--no-cache-filter: there is no stage 'bilder'; did you mean builder?"
