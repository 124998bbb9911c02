"""Where a base image ends: what each source of knowledge says, and which one counts."""

from __future__ import annotations

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import quiet, silent
from tests.layout.support import layer_tar

from jettison.engine.base_of import Base, Knowledge, describe, find_base
from jettison.engine.image_layers import LayeredImage, Origin, open_image
from jettison.engine.squash import Cut
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference

LAYERS = tuple(Digest.of(layer_tar({"a": bytes([n])})) for n in range(4))
PLATFORM = Platform.parse("linux/amd64")


def config_of(history: str, *, layers: int | None = None) -> ImageConfig:
    """``ADD CMD- RUN``: words that end with a minus have no layer."""
    entries = tuple(
        HistoryEntry(created_by=word.removesuffix("-").replace("_", " "), empty_layer=word.endswith("-"))
        for word in history.split()
    )
    count = sum(not entry.empty_layer for entry in entries) if layers is None else layers
    return ImageConfig(platform=PLATFORM, diff_ids=LAYERS[:count], history=entries)


def image_of(config: ImageConfig, **annotations: str) -> LayeredImage:
    return LayeredImage(
        name="made",
        origin=Origin.FILES,
        image_id=Digest.of(write_image_config(config)),
        config=config,
        indexes=(),
        open_in_layer=lambda number, entry: pytest.fail("no content is read"),
        annotations=tuple((f"org.opencontainers.image.base.{name}", text) for name, text in annotations.items()),
    )


def store_image(bench: Bench, config: ImageConfig, name: str, *sources: str) -> None:
    image_id = bench.store.images.put(write_image_config(config), sources=[Reference.parse(text) for text in sources])
    bench.store.images.tag(Reference.parse(name), image_id)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param("ADD CMD- RUN COPY CMD-", Cut(layers=1, history=2), id="the command of the base"),
        pytest.param("ADD CMD- ENV- RUN CMD- COPY", Cut(layers=2, history=5), id="the last one that layers follow"),
        pytest.param("ADD /bin/sh_-c_#(nop)__CMD_[]- RUN", Cut(layers=1, history=2), id="docker's classic builder"),
        pytest.param("ADD ENTRYPOINT_[]- RUN", Cut(layers=1, history=2), id="an entrypoint"),
        pytest.param("ADD RUN COPY CMD-", None, id="no layer follows it"),
        pytest.param("CMD- ADD RUN", None, id="no layer comes before it"),
        pytest.param("ADD CMDLINE- RUN", None, id="another word"),
    ],
)
def test_the_history_is_guessed_from_commands(bench: Bench, history: str, expected: Cut | None) -> None:
    """Base images end with a command."""
    found = find_base(image_of(config_of(history)), bench.store)
    assert found == (None if expected is None else Base(cut=expected, name="", knowledge=Knowledge.HISTORY))


def test_a_history_that_does_not_tell_of_each_layer_tells_nothing(bench: Bench) -> None:
    """What belongs to which layer is not known then."""
    assert find_base(image_of(config_of("ADD CMD- RUN", layers=4)), bench.store) is None


def test_an_image_of_the_store_with_the_same_layers_is_the_base(bench: Bench) -> None:
    """One that was pulled before one that was made here, then the one with the most layers."""
    config = config_of("ADD RUN COPY COPY")
    store_image(bench, config_of("ADD ENV-"), "small")
    assert find_base(image_of(config), bench.store) == Base(
        cut=Cut(layers=1, history=1), name="small:latest", knowledge=Knowledge.STORE
    )
    store_image(bench, config_of("ADD RUN"), "large")
    found = find_base(image_of(config), bench.store)
    assert found is not None
    assert found.name == "large:latest"
    store_image(bench, config_of("ADD LABEL-"), "pulled", f"docker.io/library/pulled@{LAYERS[0]}")
    found = find_base(image_of(config), bench.store)
    assert found is not None
    assert describe(found) == "1 layer of pulled:latest (known by: an image of the store with the same layers)"


def test_annotations_name_the_base(bench: Bench) -> None:
    """Before any other image with the same layers, where they name one that is here and below."""
    config = config_of("ADD RUN COPY COPY")
    digest = Digest.of(b"manifest")
    store_image(bench, config_of("ADD"), "base:v1", f"docker.io/library/base@{digest}")
    store_image(bench, config_of("ADD RUN"), "other", f"docker.io/library/other@{LAYERS[0]}")
    for said in ({"name": "docker.io/library/base:v1", "digest": digest}, {"name": "base:v1"}):
        found = find_base(image_of(config, **said), bench.store)
        assert found is not None
        assert (found.knowledge, found.cut) == (Knowledge.ANNOTATION, Cut(layers=1, history=1))
    for name in ("not here", "Hostile/../name@", "other:v9"):
        found = find_base(image_of(config, name=name), bench.store)
        assert found is not None
        assert found.knowledge is Knowledge.STORE


@pytest.mark.parametrize("base", ["busybox:test", "scratch"])
def test_a_build_here_knows_its_base(bench: Bench, base: str) -> None:
    """With its name, and its part of the history."""
    bench.build(f"FROM {base}\nCOPY a.txt /\nCMD x\n", {"a.txt": "a"}, tags=(Reference.parse("app:v1"),))
    with open_image("app:v1", bench.machine(quiet), progress=silent) as image:
        found = find_base(image, bench.store)
    is_scratch = base == "scratch"
    count = 0 if is_scratch else 1
    name = "" if is_scratch else base
    assert found == Base(cut=Cut(layers=count, history=count), name=name, knowledge=Knowledge.BUILD)
