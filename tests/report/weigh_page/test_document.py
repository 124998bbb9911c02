"""The data of the page agree with the weight, and nothing that is named in an image breaks out of them."""

from __future__ import annotations

import json
import re

from tests.analyze.support import file, gone, weight_of

from jettison.analyze.base import Base
from jettison.analyze.weight import Weight
from jettison.report.page.page import json_in_html
from jettison.report.weigh_page.document import weigh_document
from jettison.report.weigh_page.page import weigh_page

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{data}}",
    "caf\udcc3",
    "\u202egpj.exe",
    "${7*7}",
    "&lt;",
    "__proto__",
)
MAX_PAGE_BYTES = 5_000_000


def hostile_weight() -> Weight:
    """An image whose names, instructions and base want to be markup."""
    files = [file(f"{name.replace('/', '')}/{name}", 1000 + number, str(number)) for number, name in enumerate(HOSTILE)]
    return weight_of(files, [gone(files[0].path)], base=Base(layers=1, name=HOSTILE[0]), texts=HOSTILE[:2])


def test_sizes_agree() -> None:
    """The tree, the layers and the total are the same bytes."""
    weight = weight_of([file("a", 5), file("d/b", 7)], [gone("a"), file("c", 11)])
    document = weigh_document(weight)
    assert document["total"] == sum(document["tree"]["sizes"]) == sum(added for added, _ in document["layers"]) == 23
    assert document["visible"] == sum(visible for _, visible in document["layers"]) == 18
    assert [each["layer"] for each in document["instructions"]] == [0, 1]
    assert document["findings"][0]["saves"] == document["ballast"] == 5
    assert document["verdict"].startswith("23 B, of which 5 B")


def test_the_page_has_one_data_element_that_nothing_ends() -> None:
    """Whatever is named </script> or <!--, the data are what stands between the two tags of the template."""
    document = weigh_document(hostile_weight())
    page = weigh_page(document)
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script', page, flags=re.DOTALL)
    assert not set("<>&") & set(data)
    assert json.loads(data) == json.loads(json.dumps(document))
    assert page.count("<script") == 2
    assert "<img" not in page


def test_the_policy_names_what_is_there() -> None:
    """Nothing but this style sheet and this script; no address of the network is in the file."""
    page = weigh_page(weigh_document(hostile_weight()))
    assert "default-src &#x27;none&#x27;" in page
    assert page.count("sha256-") == 2
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "innerHTML" not in re.sub(r"//.*", "", page)


def test_json_is_escaped() -> None:
    """As HTML wants it, and still the same JSON."""
    value = {"a": "</script>&<!--"}
    assert "<" not in json_in_html(value)
    assert json.loads(json_in_html(value)) == value


def test_the_page_of_a_large_image_is_small() -> None:
    """Below 5 MB, for many files with names that are long to write, too."""
    files = [file(f"{number % 50}/{'ä<' * 60}{number}", 10 + number % 5) for number in range(12_000)]
    page = weigh_page(weigh_document(weight_of(files)))
    assert len(page.encode()) < MAX_PAGE_BYTES
