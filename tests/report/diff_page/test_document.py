"""The data of the page agree with the comparison, and nothing that is named in an image breaks out of them."""

from __future__ import annotations

import json
import re

from tests.analyze.support import file
from tests.report.diff_page.support import diff_of
from tests.report.weigh_page.test_document import HOSTILE, MAX_PAGE_BYTES

from jettison.engine.image_diff import ImageDiff
from jettison.report.diff_page.document import diff_document
from jettison.report.diff_page.page import diff_page


def hostile_diff() -> ImageDiff:
    """Images whose names and instructions want to be markup."""
    files = [file(f"{name.replace('/', '')}/{name}", 1000 + number, str(number)) for number, name in enumerate(HOSTILE)]
    return diff_of([[]], [files], texts=HOSTILE[:1])


def test_sizes_agree(diff: ImageDiff) -> None:
    """The instructions, the packages and the lines each are the whole difference."""
    document = diff_document(diff)
    by = document["new"]["size"] - document["old"]["size"]
    assert by == -11_590_000
    assert sum(row[1] for row in document["instructions"]) == by
    assert sum(row[4] for row in document["packages"]) == by
    assert sum(line[1] for line in document["lines"]) == by
    assert sum(document["counts"]) == len(diff.changes)


def test_colours_point_at_the_lists(diff: ImageDiff) -> None:
    """Of each colour the instruction and the package are those of the lists."""
    document = diff_document(diff)
    rows = {document["instructions"][each][0] for colour in document["colours"] for each in colour[2:4] if each >= 0}
    assert rows == {row[0] for row in document["instructions"]}
    names = {document["packages"][each][0] for colour in document["colours"] for each in colour[4:6] if each >= 0}
    assert names == {"bash", ""}


def test_lines_say_what_differs(diff: ImageDiff) -> None:
    """A folder that is gone is one line; moves have both paths; modes are told."""
    lines = {line[2]: line for line in diff_document(diff)["lines"]}
    assert lines["/usr/"][1:4] == [-13_000_000, "/usr/", 5]
    assert lines["/srv/data"][4] == "/app/data"
    assert lines["/app/run"][5] == "mode 0644 -> 0755"


def test_the_page_has_one_data_element_that_nothing_ends() -> None:
    """Whatever is named </script> or <!--, the data are what stands between the two tags of the template."""
    page = diff_page(hostile_diff())
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script', page, flags=re.DOTALL)
    assert not set("<>&") & set(data)
    assert HOSTILE[0] in json.loads(data)["instructions"][0][0]
    assert page.count("<script") == 2
    assert "<img" not in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_every_kind_of_change_has_lines() -> None:
    """Many large files that came leave room for the small ones that went."""
    came = [file(f"new{number}", 1000) for number in range(3000)]
    document = diff_document(diff_of([[file("a", 1), file("b", 2)]], [came]))
    assert sorted(line[0] for line in document["lines"]) == [0] * 1000 + [1] * 2
    assert document["more"]["lines"] == 2000


def test_the_page_of_large_images_is_small() -> None:
    """Below 5 MB; what is left out is counted."""
    files = [file(f"{number % 50}/{'ä<' * 60}{number}", 10 + number % 5) for number in range(12_000)]
    diff = diff_of([[file(f"{number % 50}/x", 1) for number in range(50)]], [files])
    assert diff_document(diff)["more"]["lines"] > 0
    assert len(diff_page(diff).encode()) < MAX_PAGE_BYTES
