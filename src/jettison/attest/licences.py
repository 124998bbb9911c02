"""SPDX licence expressions out of what packages state (SPDX 2.3, annex D); what is none stays as it was said."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from jettison.frozen import dataclass
from jettison.patterns import late_pattern

_IDENTIFIERS = """
0BSD AFL-2.0 AFL-2.1 AFL-3.0 AGPL-1.0-only AGPL-1.0-or-later AGPL-3.0-only AGPL-3.0-or-later Apache-1.0 Apache-1.1
Apache-2.0 APSL-2.0 Artistic-1.0 Artistic-1.0-Perl Artistic-1.0-cl8 Artistic-2.0 BlueOak-1.0.0 BSD-1-Clause
BSD-2-Clause BSD-2-Clause-Patent BSD-2-Clause-Views BSD-3-Clause BSD-3-Clause-Attribution BSD-3-Clause-Clear
BSD-3-Clause-LBNL BSD-3-Clause-No-Nuclear-Warranty BSD-4-Clause BSD-4-Clause-UC BSD-Protection BSD-Source-Code BSL-1.0
bzip2-1.0.6 CC-BY-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-2.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC-PDDC CC0-1.0
CDDL-1.0 CDDL-1.1 CECILL-2.0 CECILL-2.1 CECILL-B CECILL-C CPL-1.0 curl ECL-2.0 EFL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1
EUPL-1.2 FSFAP FSFUL FSFULLR FTL GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3-only
GFDL-1.3-or-later GPL-1.0-only GPL-1.0-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later HPND
HPND-sell-variant ICU IJG ImageMagick Info-ZIP IPL-1.0 ISC JasPer-2.0 JSON LGPL-2.0-only LGPL-2.0-or-later
LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later Libpng libpng-2.0 libtiff LPPL-1.3c MIT MIT-0 MIT-CMU
MIT-Modern-Variant MPL-1.0 MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL MS-RL MulanPSL-2.0 NCSA Net-SNMP NTP
OFL-1.0 OFL-1.1 OLDAP-2.8 OpenSSL OSL-2.1 OSL-3.0 PHP-3.0 PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Python-2.0.1 Qhull
QPL-1.0 Ruby SGI-B-2.0 Sleepycat SMLNJ SSH-OpenSSH SSH-short TCL TCP-wrappers Unicode-3.0 Unicode-DFS-2015
Unicode-DFS-2016 Unicode-TOU Unlicense UPL-1.0 Vim W3C W3C-19980720 WTFPL X11 XFree86-1.1 Xnet xpp Zend-2.0 Zlib
zlib-acknowledgement ZPL-2.0 ZPL-2.1
"""
_EXCEPTIONS = """
Autoconf-exception-2.0 Autoconf-exception-3.0 Bison-exception-2.2 Bootloader-exception Classpath-exception-2.0
FLTK-exception Font-exception-2.0 GCC-exception-2.0 GCC-exception-3.1 GPL-3.0-linking-exception
LGPL-3.0-linking-exception Libtool-exception Linux-syscall-note LLVM-exception OCaml-LGPL-linking-exception
OpenJDK-assembly-exception-1.0 openvpn-openssl-exception Qt-GPL-exception-1.0 Swift-exception
Universal-FOSS-exception-1.0 WxWindows-exception-3.1
"""
_OTHER_WORDS = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache2": "Apache-2.0",
    "asl 2.0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0-Perl",
    "boost": "BSL-1.0",
    "bsd license": "BSD-3-Clause",
    "expat": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mpl 2.0": "MPL-2.0",
    "mplv2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "openldap-2.8": "OLDAP-2.8",
    "psf": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "zlib/libpng": "Zlib",
}
"""Names that mean one licence, whoever uses them: Debian, Fedora as it was, the classifiers of PyPI."""

_KNOWN = {identifier.lower(): identifier for identifier in _IDENTIFIERS.split()}
_KNOWN_EXCEPTIONS = {identifier.lower(): identifier for identifier in _EXCEPTIONS.split()}
_GNU = late_pattern(r"(a?gpl|lgpl|gfdl)[- ]?v?(\d)(?:\.(\d))?(\+|-only|-or-later|)", re.IGNORECASE)
_TOKEN = late_pattern(r"\(|\)|[^\s()]+")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence expression, and the texts of what it refers to that has no identifier of SPDX."""

    expression: str
    extracted: tuple[tuple[str, str], ...] = ()
    """``LicenseRef-…`` -> what the package said."""


def licence_of(stated: Sequence[str]) -> Licence | None:
    """What a package states, all of it; None where it states nothing."""
    parts: list[str] = []
    extracted: list[tuple[str, str]] = []
    for text in dict.fromkeys(text.strip() for text in stated):
        if not text:
            continue
        expression = parse_licence(text)
        if expression is None:
            reference = f"LicenseRef-{_slug(text)}"
            extracted.append((reference, text))
            expression = reference
        parts.append(expression)
    if not parts:
        return None
    joined = [f"({part})" if len(parts) > 1 and " " in part else part for part in parts]
    return Licence(expression=" AND ".join(dict.fromkeys(joined)), extracted=tuple(extracted))


def parse_licence(text: str) -> str | None:
    """The SPDX expression that a text is or clearly means; None where it is neither."""
    whole = _identifier(text)
    if whole is not None:
        return whole
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    reader = _Reader(tokens)
    expression = reader.alternatives(0)
    return expression if expression is not None and reader.position == len(tokens) else None


class _Reader:
    """``term ((AND|OR) term)*``; term: ``( … )`` or ``identifier [WITH exception]``."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self.position = 0

    def alternatives(self, depth: int) -> str | None:
        parts = []
        while True:
            term = self._term(depth)
            if term is None:
                return None
            parts.append(term)
            operator = self._peek().upper()
            if operator not in ("AND", "OR"):
                return " ".join(parts)
            parts.append(operator)
            self.position += 1

    def _term(self, depth: int) -> str | None:
        word = self._peek()
        self.position += 1
        if word == "(":
            inner = self.alternatives(depth + 1) if depth < _MAX_DEPTH else None
            closed = self._peek() == ")"
            self.position += 1
            return f"({inner})" if inner is not None and closed else None
        identifier = _identifier(word)
        if identifier is None or self._peek().upper() != "WITH":
            return identifier
        self.position += 1
        exception = _KNOWN_EXCEPTIONS.get(self._peek().lower())
        self.position += 1
        return None if exception is None else f"{identifier} WITH {exception}"

    def _peek(self) -> str:
        return self._tokens[self.position] if self.position < len(self._tokens) else ""


def _identifier(text: str) -> str | None:
    lowered = text.lower()
    found = _KNOWN.get(lowered) or _OTHER_WORDS.get(lowered)
    if found is not None:
        return found
    match = _GNU.fullmatch(text)
    if match is None:
        return None
    suffix = {"+": "or-later", "-or-later": "or-later"}.get(match[4].lower(), "only")
    return _KNOWN.get(f"{match[1]}-{match[2]}.{match[3] or 0}-{suffix}".lower())


def _slug(text: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", text)[:40].strip("-.")
    if readable == text:
        return readable
    return f"{readable or 'stated'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
