"""What ELF files want when they are started: of real programs, and of broken ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.support.base_image import find_busybox

from jettison.errors import IntegrityError
from jettison.packages.elf_links import ElfLinks, read_links

LS = Path("/bin/ls")


def links_of(data: bytes) -> ElfLinks | None:
    return read_links(lambda offset, size: data[offset : offset + size], len(data))


def test_a_dynamic_program() -> None:
    """Its loader and its libraries; a distribution's has nothing left to strip."""
    links = links_of(LS.read_bytes())
    assert links is not None
    assert links.loader.rpartition("/")[2].startswith("ld-")
    assert any(name.startswith("libc.") for name in links.libraries)
    assert links.removable_bytes < 1024


def test_a_static_program() -> None:
    """Wants nothing."""
    busybox = find_busybox()
    if busybox is None:
        pytest.skip("busybox-static is not installed")
    links = links_of(busybox.read_bytes())
    assert links is not None
    assert (links.loader, links.libraries) == ("", ())


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh\n", b"\x7fELF", bytes(100)])
def test_what_is_no_elf_file(data: bytes) -> None:
    """Is none, and no error."""
    assert links_of(data) is None


def test_broken_files_are_told() -> None:
    """Whatever bytes of the headers are changed: an answer, or an error of integrity."""
    whole = LS.read_bytes()
    chance = random.Random(4)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(4):
            data[chance.randrange(64)] = chance.randrange(256)
        data[:4] = whole[:4]
        try:
            links_of(bytes(data[: chance.choice((len(data), 5000, 64))]))
        except IntegrityError:
            continue
