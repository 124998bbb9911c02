"""Which names are those of secrets."""

from __future__ import annotations

import pytest

from jettison.analyze.secrets import LAST_LETTERS, secret_kind


@pytest.mark.parametrize(
    "path",
    [
        "root/.ssh/id_ed25519",
        "etc/ssh/ssh_host_rsa_key",
        "app/.env",
        "app/.env.production",
        "app/config/master.key",
        "srv/tls/server.PEM",
        "root/.config/pip/pip.conf",
        "root/.config/gh/hosts.yml",
        "root/.cargo/credentials.toml",
        "root/.m2/settings.xml",
        "root/.docker/config.json",
        "etc/krb5.keytab",
    ],
)
def test_names_of_secrets(path: str) -> None:
    """And they are among those that are looked at."""
    assert secret_kind(path)
    assert path[-3:] in LAST_LETTERS


@pytest.mark.parametrize(
    "path",
    [
        "root/.ssh/id_ed25519.pub",
        "etc/ssh/ssh_host_rsa_key.pub",
        "app/.env.example",
        "app/config.json",
        "app/hosts.yml",
        "etc/pip.conf",
        "etc/ssl/certs/ca.pem",
        "etc/pki/tls/cert.pem",
        "usr/local/go/src/crypto/tls/testdata/example-key.pem",
        "go/pkg/mod/golang.org/x/net/testdata/key.pem",
        "usr/lib/python3/site-packages/certifi/cacert.pem",
        "app/keys.json",
    ],
)
def test_names_of_what_is_no_secret(path: str) -> None:
    """What everybody has, and what only sounds like it."""
    assert not secret_kind(path)
