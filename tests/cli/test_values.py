"""The values of options."""

from collections.abc import Callable

import pytest

from jettison.cli.values import parse_csv, parse_extra_hosts, parse_named, parse_pair, parse_variable
from jettison.errors import UsageError


def test_variables_come_with_a_value_or_from_the_environment() -> None:
    """NAME alone is looked up, and left out where it is not set."""
    environment = {"FROM_OUTSIDE": "x=y"}
    assert parse_variable("A=b=c", environment, "-e") == ("A", "b=c")
    assert parse_variable("A=", environment, "-e") == ("A", "")
    assert parse_variable("FROM_OUTSIDE", environment, "-e") == ("FROM_OUTSIDE", "x=y")
    assert parse_variable("UNSET", environment, "-e") is None


def test_a_variable_without_a_name_tells_the_flag() -> None:
    """An empty value names nothing by itself."""
    with pytest.raises(UsageError, match=r"^--build-arg: invalid variable ''"):
        parse_variable("", {}, "--build-arg")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("db:10.0.0.1", [("db", "10.0.0.1")]),
        ("DB=10.0.0.1", [("db", "10.0.0.1")]),
        ("db:::1", [("db", "::1")]),
        ("db:fd00:0::1", [("db", "fd00::1")]),
        ("db=[2001:db8::1],10.0.0.1", [("db", "2001:db8::1"), ("db", "10.0.0.1")]),
        ("host.docker.internal:host-gateway", [("host.docker.internal", "host-gateway")]),
    ],
)
def test_extra_hosts(text: str, pairs: list[tuple[str, str]]) -> None:
    """Docker's two separators, IPv6, several addresses; names in lower case."""
    assert list(parse_extra_hosts(text)) == pairs


@pytest.mark.parametrize(
    "text", ["", "db", "db:", ":10.1.2.3", "db:nowhere", "db:10.1.2.300", "a b:10.0.0.1", "a\n:10.0.0.1", "db:1.2.3.4,"]
)
def test_what_is_no_extra_host_is_refused_by_name(text: str) -> None:
    """The whole value is told."""
    with pytest.raises(UsageError) as caught:
        parse_extra_hosts(text)
    assert repr(text) in caught.value.message


def test_csv_values() -> None:
    """Quotes keep commas together, as in Go's encoding/csv; keys in any case."""
    assert parse_csv("type=local,dest=out") == {"type": "local", "dest": "out"}
    assert parse_csv('type=local,"dest=a,b"') == {"type": "local", "dest": "a,b"}
    assert parse_csv("Type=oci, Dest=a=b") == {"type": "oci", "dest": "a=b"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: parse_variable("=x", {}, "-e"),
        lambda: parse_pair("=x"),
        lambda: parse_named("name"),
        lambda: parse_named("name="),
        lambda: parse_csv("type"),
        lambda: parse_csv("type=local,"),
        lambda: parse_csv('"type=local'),
    ],
)
def test_what_has_no_sense_is_a_usage_error(call: Callable[[], object]) -> None:
    """Never anything else."""
    with pytest.raises(UsageError):
        call()
