"""The options of what commands run in and what they are given: docker's grammar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from jettison.cli.run_options import parse_agent, parse_agents, parse_entitlements, parse_limit, parse_secret
from jettison.engine.credentials import SecretSource
from jettison.errors import UsageError
from jettison.model.op import Limit
from jettison.model.run_settings import Entitlement
from jettison.report.units import parse_memory_size

ENVIRONMENT = {"TOKEN": "value", "SSH_AUTH_SOCK": "/agent"}


@pytest.mark.parametrize(
    ("text", "value", "path"),
    [
        ("id=a,src=/f", None, "/f"),
        ("id=a,source=/f,type=file", None, "/f"),
        ("id=a,env=TOKEN", b"value", None),
        ("id=a,type=env,src=TOKEN", b"value", None),
        ("id=a,type=env,env=TOKEN", b"value", None),
        ("id=a,env=UNSET", b"", None),
        ("id=TOKEN", b"value", None),
        ("id=a", None, "a"),
        ('id=a,"src=/with,comma"', None, "/with,comma"),
        ("ID=a,SRC=/f", None, "/f"),
    ],
)
def test_secrets(text: str, value: bytes | None, path: str | None) -> None:
    """A file, a variable, or whichever of the two the name is of."""
    secret = parse_secret(text, ENVIRONMENT)
    assert secret == SecretSource(id=secret.id, value=value, path=None if path is None else Path(path))


def test_a_secret_does_not_show() -> None:
    """Not even where its object is printed."""
    assert "value" not in repr(parse_secret("id=TOKEN", ENVIRONMENT)).replace("value=", "")


def test_agents() -> None:
    """The environment's agent, a socket, several keys."""
    assert parse_agent("default", ENVIRONMENT).paths == (Path("/agent"),)
    assert parse_agent("x=/s", ENVIRONMENT).id == "x"
    assert parse_agent("x=/a,/b", ENVIRONMENT).paths == (Path("/a"), Path("/b"))
    assert [agent.id for agent in parse_agents(["default", "x=/s"], ENVIRONMENT)] == ["default", "x"]


@pytest.mark.parametrize(
    ("text", "soft", "hard"),
    [("nofile=10", 10, 10), ("nofile=10:20", 10, 20), ("nofile=-1", -1, -1), ("nofile=5:-1", 5, -1)],
)
def test_limits(text: str, soft: int, hard: int) -> None:
    """Soft and hard, or one for both; -1 is none."""
    assert parse_limit(text) == Limit(name="nofile", soft=soft, hard=hard)


def test_entitlements() -> None:
    """BuildKit's three, devices with names, and what is of buildx alone."""
    texts = ["network.host", "security.insecure", "device=vendor/class=name", "buildx.local.delete", ""]
    assert parse_entitlements(texts) == frozenset(Entitlement)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parse_secret("src=/f", {}), "secret missing ID"),
        (lambda: parse_secret("id=a,type=vault", {}), "unsupported secret type 'vault'"),
        (lambda: parse_secret("id=a,sorce=b", {}), "unexpected key 'sorce'"),
        (lambda: parse_secret("a", {}), "key=value"),
        (lambda: parse_agent("default", {}), "make sure SSH_AUTH_SOCK is set"),
        (lambda: parse_agents(["a=/x", "a=/y"], {}), "duplicate agent ID 'a'"),
        (lambda: parse_limit("nofile"), "invalid ulimit argument: nofile"),
        (lambda: parse_limit("nofiles=1"), "invalid ulimit type: nofiles"),
        (lambda: parse_limit("nofile=1:2:3"), "too many limit value arguments"),
        (lambda: parse_limit("nofile=x"), "invalid ulimit value 'x'"),
        (lambda: parse_limit("nofile=-2"), "invalid ulimit value"),
        (lambda: parse_limit(f"nofile={1 << 63}"), "out of range"),
        (lambda: parse_memory_size("99999999t"), "invalid size '99999999t': it is out of range"),
        (lambda: parse_limit("nofile=3:2"), "less than or equal to hard limit: 3 > 2"),
        (lambda: parse_limit("nofile=-1:2"), "less than or equal to hard limit"),
        (lambda: parse_entitlements(["network.hots"]), "unknown entitlement network.hots"),
        (lambda: parse_entitlements(["network.host=x"]), "unknown entitlement network.host=x"),
    ],
)
def test_what_has_no_sense(call: Callable[[], object], message: str) -> None:
    """The words of docker and BuildKit."""
    with pytest.raises(UsageError, match=message):
        call()


def test_the_nearest_name_is_told() -> None:
    """For keys, limits and entitlements."""
    for call in (
        lambda: parse_secret("id=a,sorce=b", {}),
        lambda: parse_limit("nofiles=1"),
        lambda: parse_entitlements(["network.hots"]),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("did you mean")


def test_the_options_of_the_cache_exclude_each_other(run: Run, tmp_path: Path) -> None:
    """As in buildx."""
    result = run("build", "--no-cache", "--no-cache-filter", "x", str(tmp_path))
    assert result.code == 2
    assert "--no-cache and --no-cache-filter cannot currently be used together" in result.err
