"""CA stores."""

from __future__ import annotations

import pytest
from tests.base.archive import CERTIFICATES, certificate

from jettison.base.certificates import join_store, missing_certificates, parse_certificates, render_certificates
from jettison.errors import UsageError


def test_a_store_is_in_the_order_of_the_paths() -> None:
    """As update-ca-certificates: sorted, each ending its line, only .crt files."""
    files = {"b.crt": CERTIFICATES[0], "a.crt": CERTIFICATES[1].rstrip(b"\n"), "c.txt": b"no"}
    assert join_store(files) == CERTIFICATES[1] + CERTIFICATES[0]


def test_only_what_is_missing_is_added_once() -> None:
    """Certificates are compared by content, not by how their text is wrapped."""
    rewrapped = CERTIFICATES[0].replace(b"\n", b"\r\n")
    bundle = rewrapped + b"# a comment\n" + CERTIFICATES[1] * 2
    missing = missing_certificates(bundle, CERTIFICATES[0], "bundle")
    assert missing == parse_certificates(CERTIFICATES[1], "x")
    assert parse_certificates(render_certificates(missing), "x") == missing


def test_an_empty_store_lacks_everything() -> None:
    """An image without a store gets all of the bundle."""
    assert len(missing_certificates(b"".join(CERTIFICATES), b"", "bundle")) == 2


@pytest.mark.parametrize("bundle", [b"", b"not a certificate", certificate(b"x").replace(b"eA==", b"e?==")])
def test_what_holds_no_certificate_is_refused(bundle: bytes) -> None:
    """The error names the file."""
    with pytest.raises(UsageError, match=r"my\.pem"):
        parse_certificates(bundle, "my.pem")
