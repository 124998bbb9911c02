"""What the flags of a build say of its commands, in real builds."""

from __future__ import annotations

import pytest
from tests.engine.bench import Bench

from jettison.model.op import Limit
from jettison.model.run_settings import Entitlement, RunSettings
from jettison.sandbox.probe import RUNGS, choose

pytestmark = pytest.mark.root

ALL = frozenset(Entitlement)


@pytest.mark.parametrize("rung", [rung.name for rung in RUNGS])
def test_settings_reach_commands(bench: Bench, rung: str) -> None:
    """Limits, shared memory, hosts, the network and the host name."""
    bench.open_sandbox = lambda: choose(rung)
    built = bench.build(
        """\
FROM busybox:test
RUN ulimit -Sn > /limit; ulimit -Hn >> /limit; df -k /dev/shm | tail -n 1 > /shm; cat /etc/hosts > /hosts; hostname > /name
RUN ls /sys/class/net > /net
RUN --network=host ls /sys/class/net > /host
""",
        run=RunSettings(
            network="none",
            allowed=ALL,
            extra_hosts=(("near", "host-gateway"), ("far", "fd00::1"), ("far", "10.0.0.1")),
            shm_size_bytes=5 << 20,
            limits=(Limit(name="nofile", soft=100, hard=200),),
        ),
        build_args=(("BUILDKIT_SANDBOX_HOSTNAME", "builder"),),
    )
    assert built.text("limit") == "100\n200\n"
    assert built.text("shm").split()[1] == "5120"
    assert built.text("hosts").splitlines()[2:] == ["127.0.0.1\tnear", "fd00::1\tfar", "10.0.0.1\tfar"]
    assert built.text("name") == "builder\n"
    assert built.text("net") == "lo\n"
    assert len(built.text("host").split()) > 1


def test_an_insecure_step(bench: Bench) -> None:
    """May mount; the step beside it may not."""
    mount = "mkdir /m; mount -t tmpfs none /m"
    built = bench.build(
        f"FROM busybox:test\nRUN --security=insecure {mount} && touch /done && umount /m\nRUN {mount} || touch /refused\n",
        run=RunSettings(allowed=ALL),
    )
    assert built.has("done")
    assert built.has("refused")


def test_what_counts_for_the_key(bench: Bench) -> None:
    """Limits, sizes, and that there is a host do; its address, what was allowed and the name of a cache do not."""
    dockerfile = "FROM busybox:test\nRUN --mount=type=cache,target=/c,id={} true\n"

    def ran(name: str = "a", **settings: object) -> int:
        return len(bench.build(dockerfile.format(name), run=RunSettings(**settings)).ran)  # type: ignore[arg-type]

    assert ran(extra_hosts=(("a", "1.1.1.1"),)) == 1
    assert ran(extra_hosts=(("a", "2.2.2.2"),)) == 0
    assert ran(extra_hosts=(("b", "2.2.2.2"),)) == 1
    assert ran() == 1
    assert ran(allowed=ALL) == 0
    assert ran("b") == 0
    assert ran(shm_size_bytes=1 << 20) == 1
    assert ran(limits=(Limit(name="nofile", soft=9, hard=9),)) == 1
    assert ran(control_group_parent="p") == 1


def test_a_parent_of_control_groups_without_effect_is_told(bench: Bench) -> None:
    """Once, by the rung that makes none."""
    bench.open_sandbox = lambda: choose("namespaces")
    built = bench.build("FROM busybox:test\nRUN true\nRUN :\n", run=RunSettings(control_group_parent="p"))
    assert built.notices == ["--cgroup-parent has no effect: --isolation namespaces makes no control groups"]


def test_stages_without_cache(bench: Bench) -> None:
    """Run again, and what is built on them is found where it comes out the same."""
    dockerfile = """\
FROM busybox:test AS one
RUN echo 1 > /1 && touch -d @1 /1 /
FROM busybox:test AS two
RUN echo 2 > /2 && touch -d @2 /2 /
FROM one
COPY --from=two /2 /2
RUN true
"""
    bench.build(dockerfile)
    assert bench.build(None).ran == []
    assert [name.partition(" ")[0] for name in bench.build(None, no_cache_stages=("TWO",)).ran] == ["[two"]
