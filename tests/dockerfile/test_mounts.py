"""``RUN --mount`` and ``--device``."""

from __future__ import annotations

from typing import Any

import pytest

from jettison.dockerfile.mounts import (
    Mount,
    MountSharing,
    MountType,
    parse_device,
    parse_mount,
    resolve_mount,
)
from jettison.text.diagnostics import SourceError
from jettison.text.span import Source, Span, Word


def word(text: str) -> Word:
    return Word(text, Span(Source(text, "Dockerfile"), 0, len(text)))


def resolve(text: str) -> Mount:
    return resolve_mount(parse_mount(word(text)), lambda value: value.text.replace("$v", "value"))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("target=/a", {"target": "/a", "read_only": True}),
        ("type=bind,from=b,source=/s,dst=/a,rw", {"from_": "b", "source": "/s", "target": "/a", "read_only": False}),
        (
            "TYPE=Bind,src=$v,destination=/$v,readwrite=false",
            {"source": "value", "target": "/value", "read_only": True},
        ),
        ("type=cache,target=/a", {"type": MountType.CACHE, "target": "/a", "read_only": False}),
        (
            "type=cache,id=i,sharing=LOCKED,mode=0750,uid=1,gid=2,ro",
            {"type": MountType.CACHE, "id": "i", "sharing": MountSharing.LOCKED, "mode": 0o750, "uid": 1, "gid": 2}
            | {"read_only": True},
        ),
        ("type=tmpfs,size=1.5m", {"type": MountType.TMPFS, "size_bytes": 3 << 19, "read_only": False}),
        ("type=tmpfs,size=10", {"type": MountType.TMPFS, "size_bytes": 10, "read_only": False}),
        ("type=tmpfs,size=2 GiB", {"type": MountType.TMPFS, "size_bytes": 2 << 30, "read_only": False}),
        ("type=secret,id=i,required", {"type": MountType.SECRET, "id": "i", "required": True, "read_only": True}),
        ("type=secret,id=i,env=E,required=false", {"type": MountType.SECRET, "id": "i", "env": "E", "read_only": True}),
        ("type=ssh", {"type": MountType.SSH, "read_only": True}),
        ('"target=/a,b",ro=F', {"target": "/a,b", "read_only": False}),
        ('"source=""x"""', {"source": '"x"', "read_only": True}),
        ("from=a$", {"from_": "a$", "read_only": True}),
    ],
)
def test_mount(text: str, fields: dict[str, Any]) -> None:
    """Comma separated fields; bind is the default, and read-only unless it is a cache or a tmpfs."""
    assert resolve(text) == Mount(**fields)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("type=cach", "unsupported mount type 'cach'", "did you mean cache?"),
        ("type=zzzzz", "unsupported mount type 'zzzzz'", "one of bind, cache, tmpfs, secret, ssh"),
        ("type=cache,sharing=x", "unsupported sharing value 'x'", "one of shared, private, locked"),
        ("tagret=/a", "unexpected key 'tagret' in 'tagret=/a'", "did you mean target?"),
        ("tmpfs", "invalid field 'tmpfs', it must be a key=value pair", None),
        ("size=1", "unexpected key 'size' for mount type bind", "type= must stand before it"),
        ("required", "unexpected key 'required' for mount type bind", "type= must stand before it"),
        ("required=x", "unexpected key 'required' for mount type bind", "type= must stand before it"),
        ("ro=maybe", "invalid value for ro: 'maybe'", "true or false"),
        ("type=tmpfs,size=many", "invalid value for size: 'many'", "a size is written like 64m or 1g"),
        ("type=cache,mode=8", "invalid value '8' for mode", "an octal number is expected"),
        ("type=cache,uid=-1", "invalid value '-1' for uid", "a number is expected"),
        ("type=cache,gid=4294967296", "invalid value '4294967296' for gid", "a number is expected"),
        ("mode=1", "mode not allowed for bind mounts", None),
        ("type=tmpfs,uid=1", "uid not allowed for tmpfs mounts", None),
        ("sharing=shared", "invalid cache sharing set for bind mount", None),
        ("type=secret", "invalid secret mount: one of id, source, target is required", None),
        ("type=secret,id=a,source=b", "invalid secret mount: source and id cannot both be set", None),
        ("type=secret,id=a,from=b", "secret mount should not have a from", None),
        ("type=secret,id=a,sharing=shared", "secret mount should not define sharing", None),
        ("from=$a", "from does not support variable expansion", "define a stage with FROM and the variable, and name that stage here"),
        ("", "the flag has an empty value", None),
        ('a"b', 'a field that does not begin with " has one inside', None),
        ('"a', 'the closing " is missing', None),
        ('"a"b', 'something follows the closing " of a field', None),
    ],
)  # fmt: skip
def test_wrong_mount(text: str, message: str, hint: str | None) -> None:
    """What is wrong, and what could have been meant."""
    with pytest.raises(SourceError) as caught:
        resolve(text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)


def test_mark_is_under_the_field() -> None:
    """Not under the whole flag."""
    with pytest.raises(SourceError) as caught:
        resolve("type=cache,target=/a,sharing=x")
    assert caught.value.problems[0].span.text == "x"


@pytest.mark.parametrize(
    ("text", "name", "required"),
    [
        ("vendor.com/gpu=all", "vendor.com/gpu=all", False),
        ("vendor.com/gpu,required", "vendor.com/gpu", True),
        ("required=0,name=a=b", "a=b", False),
    ],
)
def test_device(text: str, name: str, required: bool) -> None:
    """The first field that is no key is the name."""
    device = parse_device(word(text))
    assert (device.name, device.required) == (name, required)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b", "invalid field 'b', it must be a key=value pair"),
        ("a,nmae=b", "unexpected key 'nmae' in 'nmae=b'"),
        ("a,name=b", "device name already set to 'a'"),
        ("a,required=x", "invalid value for required: 'x'"),
    ],
)
def test_wrong_device(text: str, message: str) -> None:
    """One name only."""
    with pytest.raises(SourceError) as caught:
        parse_device(word(text))
    assert caught.value.problems[0].message == message
