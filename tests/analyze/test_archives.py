"""Which archives are of no use any more."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder, holding, weight_of

PLACE = "usr/lib/python3.11/site-packages/python_dateutil-2.9.dist-info/METADATA"
CONTENTS = {
    PLACE: b"Name: python-dateutil\nVersion: 2.9\n",
    "var/lib/dpkg/status": b"Package: tool\nStatus: install ok installed\nVersion: 1\n",
    "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n",
}


@pytest.mark.parametrize(
    ("path", "is_ballast"),
    [
        ("wheels/python_dateutil-2.9-py2.py3-none-any.whl", True),
        ("wheels/other-1.0-py3-none-any.whl", False),
        ("root/tool_1.0-1_amd64.deb", True),
        ("root/toolbox_1.0-1_amd64.deb", False),
        ("root/tool-1.0.whl", False),
        ("usr/local/lib/python3.11/ensurepip/_bundled/python_dateutil-2.9-py3-none-any.whl", False),
        ("opt/spark-3.4.tgz", True),
        ("opt/other.tgz", False),
    ],
)
def test_archives_of_what_is_there_already(path: str, is_ballast: bool) -> None:
    """Beside what was unpacked, or of a package that is installed, by its name alone."""
    entries = [holding(place, data) for place, data in CONTENTS.items()]
    weight = weight_of(
        [*entries, file("usr/bin/tool", 5), folder("opt/spark-3.4"), file(path, 1000)], contents=CONTENTS
    )
    assert [found.kind for found in weight.findings] == (["archive"] if is_ballast else [])
