"""The values of options, read as docker reads them."""

from __future__ import annotations

from collections.abc import Mapping

from jettison.errors import UsageError

TRUE = ("true", "t", "1", "TRUE", "True", "T")
FALSE = ("false", "f", "0", "FALSE", "False", "F")
"""As Go's strconv.ParseBool reads them."""


def parse_pair(text: str) -> tuple[str, str]:
    """``KEY=VALUE``; ``KEY`` alone has the empty value."""
    key, _, value = text.partition("=")
    if not key:
        raise UsageError(f"invalid value {text!r}: expected KEY=VALUE")
    return key, value


def parse_named(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` with both there."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise UsageError(f"invalid value {text!r}: expected NAME=VALUE")
    return name, value


def parse_variable(text: str, environment: Mapping[str, str], flag: str) -> tuple[str, str] | None:
    """``NAME=VALUE``, or ``NAME`` with its value in the environment; None where that is not set."""
    name, equals, value = text.partition("=")
    if not name:
        raise UsageError(f"{flag}: invalid variable {text!r}: expected NAME=VALUE or NAME")
    if equals:
        return name, value
    return (name, environment[name]) if name in environment else None


def parse_extra_hosts(text: str) -> tuple[tuple[str, str], ...]:
    """``HOST:IP[,IP]`` or ``HOST=IP[,IP]``, each address a pair with the host, in lower case.

    An address may be ``host-gateway``, and an IPv6 address stand in brackets.
    """
    name, separator, addresses = text.partition("=")
    if not separator:
        name, separator, addresses = text.partition(":")
    if not name or not separator or set(name) & set(" \t\n#"):
        raise UsageError(
            f"invalid extra host {text!r}: expected HOST:IP", hint="such as registry:10.0.0.7 or host:host-gateway"
        )
    return tuple((name.lower(), _parse_address(text, address)) for address in addresses.split(","))


def _parse_address(text: str, address: str) -> str:
    from ipaddress import ip_address

    bare = address.removeprefix("[").removesuffix("]")
    if bare == "host-gateway":
        return bare
    try:
        return str(ip_address(bare))
    except ValueError:
        raise UsageError(f"invalid extra host {text!r}: {bare!r} is not an IP address") from None


def parse_boolean(text: str, what: str) -> bool:
    """A boolean as Go's strconv.ParseBool reads it; ``what`` names it in the error."""
    if text not in (*TRUE, *FALSE):
        raise UsageError(f"invalid value {text!r} for {what}", hint="true or false")
    return text in TRUE


def parse_csv(text: str) -> dict[str, str]:
    """``key=value,key=value`` as docker's flags have it: quotes keep commas together, keys are lower case."""
    if '"' in text:
        import csv

        try:
            (cells,) = csv.reader([text], strict=True)
        except (csv.Error, ValueError) as error:
            raise UsageError(f"invalid value {text!r}: {error}") from None
    else:
        cells = text.split(",")
    pairs: dict[str, str] = {}
    for cell in cells:
        key, equals, value = cell.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"invalid value {text!r}: expected key=value, found {cell!r}")
        pairs[key.strip().lower()] = value
    return pairs


def parse_platforms(text: str) -> tuple[str, ...]:
    """``linux/amd64,linux/arm64``: the platforms, each still a text."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise UsageError(f"invalid platform {text!r}", hint="write os/architecture[/variant], such as linux/arm64")
    return parts
