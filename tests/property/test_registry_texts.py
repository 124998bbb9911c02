"""Whatever a registry, an authorization server or a configuration says: no crash, and nothing unprintable."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from jettison.errors import RegistryError
from jettison.model.reference import Reference
from jettison.registry.challenge import Challenge, parse_challenges
from jettison.registry.errors import Refusal
from jettison.registry.mirrors import RegistriesConf, Registry, parse_registries_conf
from jettison.registry.settings import ProxySettings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["errors", "code", "message", "details"]), inner)
    ),
    max_leaves=12,
)
NAMES = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


@given(st.lists(st.text(), max_size=3))
def test_any_challenge_is_survived(headers: list[str]) -> None:
    """What is not understood is left out."""
    for challenge in parse_challenges(headers):
        assert challenge.scheme == challenge.scheme.lower()


@given(st.dictionaries(NAMES, st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)), max_size=4))
def test_a_written_challenge_is_read(parameters: dict[str, str]) -> None:
    """Quoted as RFC 9110 says, every value comes back."""
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in parameters.items()}
    header = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in quoted.items())
    assert parse_challenges([header]) == (Challenge(scheme="bearer", parameters=parameters),)


@given(st.integers(min_value=300, max_value=599), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_refusal_can_be_printed(status: int, body: bytes) -> None:
    """On one line, whatever the body is."""
    error = Refusal.of("r.example", "do it", status, body).error()
    assert str(error).isprintable()
    assert str(status) in str(error)


@given(st.text())
def test_any_configuration_is_read_or_refused(text: str) -> None:
    """With the one error that says where."""
    try:
        parse_registries_conf(text, "registries.conf")
    except RegistryError as error:
        assert str(error).startswith("registries.conf: ")


@given(NAMES, st.lists(NAMES, min_size=1, max_size=3), st.integers(min_value=0, max_value=3), NAMES)
def test_a_prefix_is_replaced_and_nothing_else(host: str, path: list[str], kept: int, other: str) -> None:
    """The rest of the name, and the tag, stay."""
    reference = Reference(domain=f"{host}.io", path="/".join(path), tag="t")
    prefix = "/".join([f"{host}.io", *path[:kept]])
    conf = RegistriesConf(registries=(Registry(prefix=prefix, location=f"{other}.net/x"),))
    (endpoint,) = conf.pull_endpoints(reference)
    assert str(endpoint.reference) == "/".join([f"{other}.net/x", *path[kept:]]) + ":t"


@given(st.lists(st.text(), max_size=3).map(tuple), st.text())
def test_any_no_proxy_is_survived(exceptions: tuple[str, ...], host: str) -> None:
    """Rules and hosts that are nonsense match nothing or something, but do not crash."""
    ProxySettings(https="p.example", exceptions=exceptions).proxy_of("https", host)
