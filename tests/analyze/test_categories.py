"""Categories follow the advice: what it leaves behind is not needed, and the reason says so."""

from __future__ import annotations

from tests.analyze.support import file, holding, known, program, weight_of
from tests.analyze.test_static_site import SERVER, weight_with

from jettison.analyze.base import Base
from jettison.analyze.kinds import Category, Need
from jettison.analyze.weight import CategoryWeight, Weight
from jettison.model.config import RunConfig


def category(weight: Weight, name: Category) -> CategoryWeight:
    return next(each for each in weight.categories if each.category is name)


def test_of_a_static_site_only_the_pages_stay() -> None:
    """The runtime that the command starts goes, as the findings have it."""
    weight = weight_with(SERVER)
    assert {each.category: each.need for each in weight.categories} == {
        Category.BASE_SYSTEM: Need.NO,
        Category.DEPENDENCIES: Need.NO,
        Category.APPLICATION: Need.YES,
    }
    base = category(weight, Category.BASE_SYSTEM)
    assert base.reason == "all that /app/serve.js does is to hand out files"
    assert sum(each.useless_bytes for each in weight.categories) == weight.ballast_bytes
    assert all(
        weight.need_of(run, path) is Need.NO
        for run, path, _ in weight.files.with_runs()
        if not path.startswith("app/site/")
    )


def test_what_another_base_does_not_have_is_not_needed() -> None:
    """But what it brings instead may be needed as before."""
    files = [program("usr/bin/python3.11", 1000), file("usr/lib/big.bin", 20_000_000), file("etc/services", 500)]
    slim = known("slim", [files[0], files[2]], command=("python3",))
    weight = weight_of(
        [*files, file("usr/lib/gcc/cc1", 30_000_000)],
        [holding("app/main.py", b"pass")],
        contents={"app/main.py": b"pass"},
        run=RunConfig(cmd=("python3.11", "main.py"), working_dir="/app"),
        base=Base(layers=1, history=1, name="fat"),
        bases=(slim,),
    )
    base = category(weight, Category.BASE_SYSTEM)
    assert (base.needed_bytes, base.useless_bytes, base.unknown_bytes) == (1000, 20_000_000, 500)
    assert (base.need, base.reason) == (Need.NO, "slim does without it")


def test_tools_that_the_command_starts_are_needed() -> None:
    """``go run`` runs a compiler: the whole tool chain counts, and no base without it is advised."""
    weight = weight_of(
        [program("usr/local/go/bin/go", 15_000_000), file("usr/local/go/pkg/x.so", 90_000_000)],
        [file("app/main.go", 10)],
        run=RunConfig(cmd=("/usr/local/go/bin/go", "run", "."), working_dir="/app"),
        base=Base(layers=1, history=1, name="golang"),
    )
    tools = category(weight, Category.TOOL_CHAIN)
    assert (tools.need, tools.needed_bytes) == (Need.YES, 105_000_000)
    assert weight.ballast_bytes == 0


def test_names_of_users_are_looked_up_in_the_image() -> None:
    """By a name, not by a number."""
    for user, needed in (("nobody", 40), ("nobody:www", 70), ("65532:65532", 0), ("", 0)):
        weight = weight_of([file("etc/passwd", 40), file("etc/group", 30)], run=RunConfig(user=user))
        assert category(weight, Category.APPLICATION).needed_bytes == needed
