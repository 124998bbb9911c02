"""The values of options."""

from collections.abc import Callable

import pytest

from jettison.cli.values import parse_csv, parse_extra_host, parse_named, parse_pair, parse_variable
from jettison.errors import UsageError


def test_variables_come_with_a_value_or_from_the_environment() -> None:
    """NAME alone is looked up, and left out where it is not set."""
    environment = {"FROM_OUTSIDE": "x=y"}
    assert parse_variable("A=b=c", environment) == ("A", "b=c")
    assert parse_variable("A=", environment) == ("A", "")
    assert parse_variable("FROM_OUTSIDE", environment) == ("FROM_OUTSIDE", "x=y")
    assert parse_variable("UNSET", environment) is None


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("db:10.0.0.1", ("db", "10.0.0.1")),
        ("db=10.0.0.1", ("db", "10.0.0.1")),
        ("db:::1", ("db", "::1")),
        ("db=[2001:db8::1]", ("db", "2001:db8::1")),
        ("host.docker.internal:host-gateway", ("host.docker.internal", "host-gateway")),
    ],
)
def test_extra_hosts(text: str, pair: tuple[str, str]) -> None:
    """Docker's two separators and IPv6."""
    assert parse_extra_host(text) == pair


def test_csv_values() -> None:
    """Quotes keep commas together, as in Go's encoding/csv; keys in any case."""
    assert parse_csv("type=local,dest=out") == {"type": "local", "dest": "out"}
    assert parse_csv('type=local,"dest=a,b"') == {"type": "local", "dest": "a,b"}
    assert parse_csv("Type=oci, Dest=a=b") == {"type": "oci", "dest": "a=b"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: parse_variable("=x", {}),
        lambda: parse_pair("=x"),
        lambda: parse_named("name"),
        lambda: parse_named("name="),
        lambda: parse_extra_host("db"),
        lambda: parse_extra_host("db:nowhere"),
        lambda: parse_extra_host(":1.2.3.4"),
        lambda: parse_csv("type"),
        lambda: parse_csv("type=local,"),
        lambda: parse_csv('"type=local'),
    ],
)
def test_what_has_no_sense_is_a_usage_error(call: Callable[[], object]) -> None:
    """Never anything else."""
    with pytest.raises(UsageError):
        call()
