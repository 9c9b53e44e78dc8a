"""TLS contexts for listeners and clients: 1.2 at least, and no key file that other users may read."""

import ssl
import stat
from pathlib import Path

from engine.errors import TlsUnusable


def server_context(
    certificate: Path, key: Path, client_ca: Path | None = None, *, password: str = ""
) -> ssl.SSLContext:
    """Return a listener's context; with *client_ca* only peers holding a certificate it signed may connect."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    _load_own(context, certificate, key, password)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _load_authority(context, client_ca)
    return context


def client_context(
    authority: Path | None = None, certificate: Path | None = None, key: Path | None = None, *, password: str = ""
) -> ssl.SSLContext:
    """Return a client's context: the peer's certificate and name are always checked; no *authority*: the system's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    if authority is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        _load_authority(context, authority)
    if certificate is not None:
        _load_own(context, certificate, certificate if key is None else key, password)
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _load_own(context: ssl.SSLContext, certificate: Path, key: Path, password: str) -> None:
    _refuse_shared(key)
    try:
        # Always a password, if an empty one: OpenSSL would ask the terminal for that of an encrypted key.
        context.load_cert_chain(certificate, key, password=lambda: password)
    except FileNotFoundError:
        raise TlsUnusable("missing", f"there is no certificate file {certificate}") from None
    except (ssl.SSLError, OSError) as error:
        raise TlsUnusable(
            "unusable",
            f"certificate {certificate} and key {key} cannot be used ({_reason(error)}): both must be PEM, "
            "belong together, and an encrypted key needs its key_password",
        ) from None


def _load_authority(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(cafile=authority)
    except FileNotFoundError:
        raise TlsUnusable("missing", f"there is no authority file {authority}") from None
    except (ssl.SSLError, OSError) as error:
        raise TlsUnusable("unusable", f"authority file {authority} cannot be used ({_reason(error)})") from None


def _refuse_shared(key: Path) -> None:
    try:
        mode = stat.S_IMODE(key.stat().st_mode)
    except OSError as error:
        raise TlsUnusable("missing", f"key file {key} cannot be opened ({_reason(error)})") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise TlsUnusable("key-shared", f"key file {key} is open to other users (mode {mode:o}): chmod 600 it")


def _reason(error: OSError) -> str:
    """Return a library's word for it: ssl has reasons, the system has names."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return (error.strerror or type(error).__name__).lower()
