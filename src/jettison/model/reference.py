"""Image references as docker writes them (distribution/reference grammar)."""

from __future__ import annotations

from jettison.errors import IntegrityError, UsageError
from jettison.frozen import dataclass, replace
from jettison.hints import Self
from jettison.model.digest import Digest
from jettison.patterns import late_pattern

DEFAULT_DOMAIN = "docker.io"
DEFAULT_NAMESPACE = "library/"
DEFAULT_TAG = "latest"

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = late_pattern(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = late_pattern(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_TAG = late_pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_MAX_NAME_LENGTH = 255
_FORM = "write [HOST/]NAME[:TAG], such as app:1.0"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Reference:
    """``domain/path[:tag][@digest]`` in full; docker's short names are only a way of writing and printing it."""

    domain: str
    path: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a user's short or full name; a name without tag and digest keeps ``tag=None``.

        Raises :class:`UsageError` that says which part is wrong.
        """
        if not text:
            raise UsageError("invalid reference '': it is empty", hint=_FORM)
        rest, at, digest_text = text.partition("@")
        try:
            digest = Digest.parse(digest_text) if at else None
        except IntegrityError as error:
            raise UsageError(f"invalid reference {text!r}: {error.message}", hint=_FORM) from None
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            name, tag = rest, ""
        elif not _TAG.fullmatch(tag):
            raise UsageError(f"invalid reference {text!r}: {tag!r} is not a tag", hint=_FORM)
        domain, path = _split_domain(name)
        if not _DOMAIN.fullmatch(domain):
            hint = f"leave {text[: text.index('//') + 2]!r} out" if "://" in text else None
            raise UsageError(f"invalid reference {text!r}: {domain!r} is not a registry host", hint=hint)
        if not _PATH.fullmatch(path) or len(name) > _MAX_NAME_LENGTH:
            hint = _mended(name, text[len(name) :]) or _FORM
            raise UsageError(f"invalid reference {text!r}: {path!r} is not a repository name", hint=hint)
        return cls(domain=domain, path=path, tag=tag or None, digest=digest)

    @property
    def repository(self) -> str:
        """``domain/path`` in full."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar_repository(self) -> str:
        """The repository as docker prints it: without ``docker.io/`` and ``library/``."""
        if self.domain != DEFAULT_DOMAIN:
            return self.repository
        return self.path.removeprefix(DEFAULT_NAMESPACE)

    def with_default_tag(self) -> Self:
        """The same reference, tagged ``latest`` where it names neither tag nor digest."""
        if self.tag is None and self.digest is None:
            return replace(self, tag=DEFAULT_TAG)
        return self

    def familiar(self) -> str:
        """The whole reference as docker prints it."""
        return self.familiar_repository + self._suffix()

    def __str__(self) -> str:
        return self.repository + self._suffix()

    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def _mended(name: str, suffix: str) -> str | None:
    """A hint with the valid name that may have been meant; None where capitals and blanks are not all that is wrong."""
    mended = "-".join(name.split()).lower()
    if mended == name or not _PATH.fullmatch(_split_domain(mended)[1]) or len(mended) > _MAX_NAME_LENGTH:
        return None
    rules = []
    if name != name.lower():
        rules.append("are lower case")
    if any(character.isspace() for character in name):
        rules.append("have no blanks")
    return f"repository names {' and '.join(rules)}: {mended + suffix!r}"


def _split_domain(name: str) -> tuple[str, str]:
    """Docker's rule: the first component is a host where it has a dot, a colon, a capital letter, or is localhost."""
    first, slash, rest = name.partition("/")
    if slash and (any(c in first for c in ".:") or first == "localhost" or first != first.lower()):
        domain = "docker.io" if first == "index.docker.io" else first
    else:
        domain, rest = DEFAULT_DOMAIN, name
    if domain == DEFAULT_DOMAIN and "/" not in rest:
        rest = DEFAULT_NAMESPACE + rest
    return domain, rest
