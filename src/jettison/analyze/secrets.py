"""Files that look like secrets, by their names alone: nothing of their content is ever read or told."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "id_rsa": "private key of ssh",
    "id_dsa": "private key of ssh",
    "id_ecdsa": "private key of ssh",
    "id_ed25519": "private key of ssh",
    "ssh_host_rsa_key": "private key of an ssh server",
    "ssh_host_dsa_key": "private key of an ssh server",
    "ssh_host_ecdsa_key": "private key of an ssh server",
    "ssh_host_ed25519_key": "private key of an ssh server",
    ".netrc": "passwords for servers",
    ".vault-token": "token for a vault",
    ".s3cfg": "keys of a cloud account",
    ".boto": "keys of a cloud account",
    "secring.gpg": "private keys of gpg",
    "krb5.keytab": "keys of kerberos",
    ".npmrc": "settings of npm that may hold a token",
    ".pypirc": "passwords for package indexes",
    ".git-credentials": "passwords for git",
    ".dockercfg": "passwords for registries",
    ".htpasswd": "password hashes",
    ".pgpass": "passwords for databases",
    **dict.fromkeys(
        (".env", ".env.local", ".env.dev", ".env.development", ".env.prod", ".env.production", ".env.staging"),
        "environment that may hold passwords",
    ),
    "settings-security.xml": "passwords of Maven",
    "credentials.json": "credentials of a service",
    "service-account.json": "credentials of a service",
    "kubeconfig": "access to a cluster",
    "terraform.tfstate": "state that may hold passwords",
}
_PLACES: Mapping[str, str] = {
    ".aws/credentials": "keys of a cloud account",
    ".docker/config.json": "passwords for registries",
    ".kube/config": "access to a cluster",
    ".config/gh/hosts.yml": "token for GitHub",
    ".config/gcloud/application_default_credentials.json": "keys of a cloud account",
    ".config/pip/pip.conf": "settings of pip that may hold a password",
    ".pip/pip.conf": "settings of pip that may hold a password",
    ".composer/auth.json": "passwords for repositories of Composer",
    ".config/composer/auth.json": "passwords for repositories of Composer",
    ".cargo/credentials.toml": "token for a registry of cargo",
    ".cargo/credentials": "token for a registry of cargo",
    ".gem/credentials": "key for a registry of gems",
    ".m2/settings.xml": "settings of Maven that may hold passwords",
    ".azure/msal_token_cache.json": "keys of a cloud account",
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
    "etc/pki/tls/cert",
    "etc/ssl/cert.pem",
    "usr/local/go/",
    "usr/lib/ssl/",
    "usr/share/",
)
_PUBLIC_NAMES = frozenset(
    {"cacert.pem", "ca-bundle.pem", "ca.pem", "cert.pem", "fullchain.pem", "chain.pem", "roots.pem"}
)


_OTHERS = ("site-packages/", "go/pkg/mod/", ".cargo/registry/", "cargo/registry/")
"""Where published packages lie: what is in them everybody has."""
_PLACE_NAMES = frozenset(place.rpartition("/")[2] for place in _PLACES)
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
    if known is None and name in _PLACE_NAMES:
        known = next((kind for place, kind in _PLACES.items() if f"/{path}".endswith(f"/{place}")), None)
    if known is None or name in _PUBLIC_NAMES or path.startswith(_PUBLIC) or any(place in path for place in _OTHERS):
        return ""
    return known
