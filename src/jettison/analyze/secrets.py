"""Files that look like secrets, by their names alone: nothing of their content is ever read or told."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "id_rsa": "private key of ssh",
    "id_dsa": "private key of ssh",
    "id_ecdsa": "private key of ssh",
    "id_ed25519": "private key of ssh",
    ".netrc": "passwords for servers",
    ".npmrc": "settings of npm that may hold a token",
    ".pypirc": "passwords for package indexes",
    ".git-credentials": "passwords for git",
    ".dockercfg": "passwords for registries",
    ".htpasswd": "password hashes",
    ".pgpass": "passwords for databases",
    ".env": "environment that may hold passwords",
    "credentials.json": "credentials of a service",
    "service-account.json": "credentials of a service",
    "kubeconfig": "access to a cluster",
    "terraform.tfstate": "state that may hold passwords",
}
_PLACES: Mapping[str, str] = {
    ".aws/credentials": "keys of a cloud account",
    ".docker/config.json": "passwords for registries",
    ".kube/config": "access to a cluster",
    ".config/gcloud/credentials.db": "keys of a cloud account",
    ".azure/accessTokens.json": "keys of a cloud account",
}
_SUFFIXES: Mapping[str, str] = {
    "key": "private key",
    "pem": "key or certificate",
    "p12": "key store",
    "pfx": "key store",
    "jks": "key store",
    "keystore": "key store",
    "kdbx": "password safe",
    "ppk": "private key of ssh",
}
_PUBLIC = (
    "etc/ssl/certs/",
    "usr/share/ca-certificates/",
    "usr/local/share/ca-certificates/",
    "etc/pki/ca-trust/",
    "usr/lib/ssl/",
    "usr/share/",
)
_PUBLIC_NAMES = frozenset(
    {"cacert.pem", "ca-bundle.pem", "ca.pem", "cert.pem", "fullchain.pem", "chain.pem", "roots.pem"}
)


LAST_LETTERS = frozenset(
    letters
    for name in (*_NAMES, *_PLACES, *(f".{suffix}" for suffix in _SUFFIXES))
    for letters in (name[-3:], name[-3:].upper())
)
"""Of all these names: most files are told apart by them at once."""


def secret_kind(path: str) -> str:
    """What sort of secret a file of this path may be; empty for none."""
    name = path.rpartition("/")[2]
    known = _NAMES.get(name)
    if known is None and "." in name:
        known = _SUFFIXES.get(name.rpartition(".")[2].lower())
    if known is None and name in ("credentials", "config.json", "config", "credentials.db", "accessTokens.json"):
        known = next((kind for place, kind in _PLACES.items() if f"/{path}".endswith(f"/{place}")), None)
    if known is None or name in _PUBLIC_NAMES or path.startswith(_PUBLIC) or "site-packages/" in path:
        return ""
    return known
