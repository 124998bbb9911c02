"""Which base images an example needs."""

from __future__ import annotations

import re

from demo.cases import Case


def base_images(case: Case, version: str) -> set[str]:
    """The images that a Dockerfile starts from or copies from, its own stages excluded."""
    text = case.dockerfile(version).read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    return set(re.findall(r"(?:^FROM |--from=)(\S+)", text, re.MULTILINE)) - stages - {"scratch"}
