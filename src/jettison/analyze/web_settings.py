"""What the settings of web servers say: which folders they hand out, and whether that is all they do.

Each reader takes the text of a file and what reads those that it includes. It tells too little rather than too much:
where a server passes requests on to a program, computes answers, or names a folder by a variable, nothing is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jettison.frozen import dataclass, field
from jettison.patterns import late_pattern

ReadIncluded = Callable[[str], Sequence[str]]
"""A path with wildcards, as it stands in the settings -> the texts of the files that are there."""

_MAX_DIRECTIVES = 50_000
_MAX_DEPTH = 8
_TOKEN = late_pattern(
    r""""((?:[^"\\]|\\[\s\S]|\\\Z)*+)(?:"|\Z)|'([^']*+)(?:'|\Z)|#[^\n]*|([;{}])|((?:[^\s;{}"'$]|\$\{[^}]*\}|\$)+)"""
)
_WORD = late_pattern(r""""([^"]*)"|([^\s"]+)""")
_NGINX_MORE = frozenset(
    {
        *("content_by_lua", "content_by_lua_block", "content_by_lua_file", "js_content", "perl", "dav_methods"),
        *("passenger_enabled", "upload_store", "mail", "stream", "rtmp"),
    }
)
_CADDY_MORE = frozenset({"reverse_proxy", "php_fastcgi", "php_server", "php", "exec", "cgi", "webdav", "frankenphp"})
_APACHE_MORE = frozenset(
    {
        *(
            "proxypass",
            "proxypassmatch",
            "proxypassinherit",
            "wsgiscriptalias",
            "wsgiscriptaliasmatch",
            "wsgidaemonprocess",
        ),
        *("perlhandler", "perlresponsehandler", "passengerenabled", "passengerapproot", "fastcgiserver", "dav"),
        *("luamaphandler", "action", "extfilterdefine"),
    }
)
_APACHE_PROGRAMS = late_pattern(r"^(?:lib)?(?:php\w*|wsgi|perl|passenger|mono|fastcgi|python)_module$")
_APACHE_CGI = frozenset({"cgi_module", "cgid_module", "fcgid_module"})


@dataclass(slots=True)
class WebSettings:
    """What is told so far."""

    folders: list[str] = field(default_factory=list)
    """As they are written: relative ones to a place that the server knows."""
    named: list[str] = field(default_factory=list)
    """All else that begins with a slash: certificates, passwords."""
    does_more: bool = False
    is_on: bool = True
    """Whether files are handed out at all, where that has to be said."""


def read_nginx(text: str, included: ReadIncluded) -> WebSettings:
    """Settings of nginx and OpenResty."""
    found = WebSettings()
    for words in _nginx_directives(text, included, 0):
        name = words[0]
        if name.endswith("_pass") or name in _NGINX_MORE:
            found.does_more = True
        elif name in ("root", "alias") and len(words) > 1:
            found.folders.append(words[1])
        else:
            found.named += _paths(words)
    return found


def read_caddy(text: str, included: ReadIncluded) -> WebSettings:
    """A Caddyfile."""
    found = WebSettings(is_on=False)
    for words in _caddy_directives(text, included, 0):
        name = words[0]
        if name in _CADDY_MORE:
            found.does_more = True
        elif name == "file_server":
            found.is_on = True
        elif name == "root" and len(words) > 1:
            found.folders.append(words[-1])
        else:
            found.named += _paths(words)
    return found


def read_apache(text: str, included: ReadIncluded, defined: Sequence[str] = ()) -> WebSettings:
    """Settings of Apache's httpd; ``defined`` are the names of its command line (``-D NAME``)."""
    found = WebSettings()
    runs_cgi = names_cgi = False
    for words in _apache_directives(text, included, dict.fromkeys(defined, ""), 0):
        name, values = words[0].lower(), [word.lower() for word in words[1:]]
        if name in _APACHE_MORE:
            found.does_more |= values != ["off"]
        elif name == "loadmodule" and values:
            found.does_more |= bool(_APACHE_PROGRAMS.match(values[0]))
            runs_cgi |= values[0] in _APACHE_CGI
        elif name in ("sethandler", "addhandler"):
            found.does_more |= bool(values) and values[0].startswith(("proxy:", "application/x-httpd", "wsgi", "perl"))
            names_cgi |= bool(values) and "cgi" in values[0]
        elif name == "rewriterule" and values:
            found.does_more |= "p" in values[-1].strip("[]").split(",") or "proxy" in values[-1].strip("[]").split(",")
        elif name == "scriptalias" or (name == "options" and {"execcgi", "+execcgi"}.intersection(values)):
            names_cgi = True
        elif name == "documentroot" and len(words) > 1:
            found.folders.append(words[1])
        else:
            found.named += _paths(words)
    found.does_more |= runs_cgi and names_cgi
    return found


def read_busybox(text: str) -> WebSettings:
    """Settings of busybox' httpd."""
    found = WebSettings()
    for line in text.splitlines():
        key, _, value = line.strip().partition(":")
        if key == "H":
            found.folders.append(value)
        elif key == "P" or key.startswith("*."):  # requests that are passed on; programs for names that end so
            found.does_more = True
    return found


def _paths(words: Sequence[str]) -> list[str]:
    return [word for word in words[1:] if word.startswith("/")]


def _nginx_directives(text: str, included: ReadIncluded, depth: int) -> Iterator[list[str]]:
    words: list[str] = []
    left = _MAX_DIRECTIVES
    for match in _TOKEN.finditer(text):
        if match[0].startswith("#"):
            continue
        if match[3] is None:
            words.append(next((each for each in (match[1], match[2], match[4]) if each is not None), ""))
            continue
        if words and words[0] == "include" and len(words) > 1 and depth < _MAX_DEPTH:
            for more in included(words[1]):
                yield from _nginx_directives(more, included, depth + 1)
        elif words:
            yield words
        words = []
        left -= 1
        if left <= 0:
            yield ["proxy_pass"]  # nobody reads settings as long as that
            return


def _caddy_directives(text: str, included: ReadIncluded, depth: int) -> Iterator[list[str]]:
    for line in text.splitlines()[:_MAX_DIRECTIVES]:
        words = [match[1] if match[2] is None else match[2] for match in _WORD.finditer(line)]
        comment = next((number for number, word in enumerate(words) if word.startswith("#")), len(words))
        words = [word for word in words[:comment] if word not in ("{", "}")]
        if not words:
            continue
        yield words
        if words[0] == "import" and len(words) > 1 and depth < _MAX_DEPTH:
            for more in included(words[1]):
                yield from _caddy_directives(more, included, depth + 1)


def _apache_directives(text: str, included: ReadIncluded, defined: dict[str, str], depth: int) -> Iterator[list[str]]:
    skipped = 0
    for line in text.replace("\\\n", " ").splitlines()[:_MAX_DIRECTIVES]:
        words = [match[1] if match[2] is None else match[2] for match in _WORD.finditer(line)]
        if not words or words[0].startswith("#"):
            continue
        name = words[0].lower()
        if name == "<ifdefine":
            wanted = words[1].rstrip(">") if len(words) > 1 else ""
            is_met = (wanted.removeprefix("!") in defined) is not wanted.startswith("!")
            skipped += int(bool(skipped) or not is_met)
        elif name == "</ifdefine>":
            skipped = max(skipped - 1, 0)
        elif skipped or name.startswith("<"):
            continue
        elif name == "define" and len(words) > 1:
            defined[words[1]] = words[2] if len(words) > 2 else ""
        else:
            words = [_with_values(word, defined) for word in words]
            if name in ("include", "includeoptional") and len(words) > 1 and depth < _MAX_DEPTH:
                for more in included(words[1]):
                    yield from _apache_directives(more, included, defined, depth + 1)
            else:
                yield words


def _with_values(word: str, defined: dict[str, str]) -> str:
    if "${" in word:
        for name, value in defined.items():
            word = word.replace("${" + name + "}", value)
    return word
