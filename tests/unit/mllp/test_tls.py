"""TLS contexts from files, and the files that are refused."""

import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from engine.errors import TlsUnusable
from engine.mllp.tls import client_context, server_context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> Path:
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "key.pem").chmod(0o600)
    return tmp_path


def test_contexts_want_tls_1_2_at_least(files: Path) -> None:
    """Older versions are broken, and no setting brings them back."""
    server = server_context(files / "cert.pem", files / "key.pem")
    client = client_context(files / "ca.pem")

    assert server.minimum_version == client.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_client_authority_makes_certificates_required(files: Path) -> None:
    """Mutual TLS is one option, and then nobody connects without."""
    open_to_all = server_context(files / "cert.pem", files / "key.pem")
    mutual = server_context(files / "cert.pem", files / "key.pem", files / "ca.pem")

    assert open_to_all.verify_mode == ssl.CERT_NONE
    assert mutual.verify_mode == ssl.CERT_REQUIRED


def test_a_client_always_checks_the_peer(files: Path) -> None:
    """Encryption to nobody in particular is no protection."""
    context = client_context(files / "ca.pem")

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_open_to_others_is_refused(files: Path, mode: int) -> None:
    """A key that a second user can read is no secret."""
    (files / "key.pem").chmod(mode)

    with pytest.raises(TlsUnusable) as caught:
        server_context(files / "cert.pem", files / "key.pem")

    assert caught.value.code == "key-shared"
    assert "chmod 600" in str(caught.value)


@pytest.mark.parametrize(
    ("certificate", "key", "authority_file", "code"),
    [
        ("none.pem", "key.pem", "ca.pem", "missing"),
        ("cert.pem", "none.pem", "ca.pem", "missing"),
        ("cert.pem", "key.pem", "none.pem", "missing"),
        ("junk.pem", "key.pem", "ca.pem", "unusable"),
        ("cert.pem", "junk.pem", "ca.pem", "unusable"),
        ("cert.pem", "key.pem", "junk.pem", "unusable"),
        ("ca.pem", "key.pem", "ca.pem", "unusable"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    files: Path, certificate: str, key: str, authority_file: str, code: str
) -> None:
    """The sentence names the file; OpenSSL's own would not."""
    (files / "junk.pem").write_text("no certificate")
    (files / "junk.pem").chmod(0o600)

    with pytest.raises(TlsUnusable) as caught:
        server_context(files / certificate, files / key, files / authority_file)

    assert caught.value.code == code
    assert any(name in str(caught.value) for name in (certificate, key, authority_file))


def test_an_encrypted_key_opens_with_its_password_and_only_with_it(files: Path) -> None:
    """A site may keep its keys encrypted; nobody is asked for a password on a terminal."""
    encrypt(files / "key.pem", "open sesame")

    server_context(files / "cert.pem", files / "key.pem", password="open sesame")
    with pytest.raises(TlsUnusable):
        server_context(files / "cert.pem", files / "key.pem")


def encrypt(key: Path, password: str) -> None:
    """Write a private key again, encrypted."""
    private = load_pem_private_key(key.read_bytes(), None)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    key.write_bytes(pem)
