"""The kinds of values config.yaml holds: durations, sizes, addresses, paths. Text is read, or refused with a hint."""

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, SecretStr, ValidationInfo, WithJsonSchema

from engine.config.references import Reference, shown

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"([0-9]+)\s*(B|kB|KB|KiB|MB|MiB|GB|GiB)?")
_BYTES = {"B": 1, "kB": 10**3, "KB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
_LONGEST = timedelta(days=366)


class Wrong(ValueError):  # noqa: N818 not raised at callers: pydantic carries it
    """A value that cannot be read: the problem's code, sentence and hint. pydantic carries it to `bind`."""

    def __init__(self, code: str, text: str, hint: str = "") -> None:
        super().__init__(code)
        self.code, self.text, self.hint = code, text, hint


class Address(NamedTuple):
    """Where to listen or to connect."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def meets(self, other: "Address") -> bool:
        """Whether one listener at each of the two addresses would ask for the same port of the same machine."""
        same_host = self.host == other.host or not _specific(self.host) or not _specific(other.host)
        return self.port == other.port != 0 and same_host


def _specific(host: str) -> bool:
    return host not in ("0.0.0.0", "::")  # noqa: S104 compared, not bound


def read_duration(text: Any) -> timedelta:
    """Return ``10s``, ``5m``, ``1.5h``, ``500ms`` or ``7d`` as a duration."""
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise Wrong(
            "bad-duration", f"{_shown(text)} is no duration", "a number and ms, s, m, h or d: 500ms, 10s, 5m, 1h"
        )
    seconds = float(found[1]) * _SECONDS[found[2]]
    if not 0 < seconds <= _LONGEST.total_seconds():
        raise Wrong("bad-duration", "a duration lies between 1ms and 366d")
    return timedelta(seconds=seconds)


def read_size(text: Any) -> int:
    """Return ``16MiB``, ``256kB`` or ``1000`` as a number of bytes."""
    found = _SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or int(found[1]) == 0:
        raise Wrong("bad-size", f"{_shown(text)} is no size", "a number and B, kB, KiB, MB, MiB, GB or GiB: 16MiB")
    return int(found[1]) * _BYTES[found[2] or "B"]


def read_address(text: Any) -> Address:
    """Return ``HOST:PORT``; an IPv6 host stands in brackets."""
    host, colon, port = text.strip().rpartition(":") if isinstance(text, str) else ("", "", "")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise Wrong("bad-address", f"{_shown(text)} is no address", "an IPv6 address stands in brackets: '[::1]:2575'")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536) or re.search(r"[\s/@]", host):
        raise Wrong("bad-address", f"{_shown(text)} is no address", "a host and a port: 127.0.0.1:2575")
    return Address(host, int(port))


def read_zone(text: Any) -> ZoneInfo:
    """Return a time zone by its name in the IANA database."""
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, TypeError, KeyError):
        hint = "a name of the IANA database: America/New_York, Europe/Berlin, UTC"
        raise Wrong("unknown-time-zone", f"no time zone is called {_shown(text)}", hint) from None


def read_network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return an address or a network of addresses."""
    try:
        return ipaddress.ip_network(text)
    except (ValueError, TypeError):
        hint = "10.1.2.3, or a network like 10.1.0.0/16 (the bits behind the prefix are 0)"
        raise Wrong("bad-network", f"{_shown(text)} is no address and no network", hint) from None


def read_file_path(text: Any, info: ValidationInfo) -> Path:
    """Return the path of a file that exists, resolved against the folder of config.yaml."""
    if not isinstance(text, str) or not text:
        raise Wrong("missing-file", "a path of a file is expected here")
    context = info.context or {}
    path = Path(context.get("folder", ".")) / text
    if not context.get("is_there", Path.is_file)(path):
        raise Wrong(
            "missing-file", f"there is no file {_shown(text)}", "paths are relative to the folder of config.yaml"
        )
    return path


def read_secret(text: Any) -> str:
    """Return a secret that was named, never written."""
    if not isinstance(text, Reference):
        hint = "write ${env:NAME} or ${file:PATH}"
        raise Wrong("secret-in-plain-text", "a secret is named here, never written", hint)
    return str(text)


def read_count(text: Any) -> int:
    """Return a whole number from 1."""
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise Wrong("bad-number", f"{_shown(text)} is no whole number from 1")
    return int(text)


def read_flag(text: Any) -> bool:
    """Return ``true`` or ``false``."""
    if text not in ("true", "false"):
        raise Wrong("bad-flag", f"{_shown(text)} is neither true nor false")
    return bool(text == "true")


def read_list(value: Any) -> Any:
    """Return one value as a list of one."""
    return value if isinstance(value, list) else [value]


def _shown(value: Any) -> str:
    return shown(value) if isinstance(value, str) else "this"


def _text_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


Duration = Annotated[timedelta, BeforeValidator(read_duration), _text_schema("10s")]
Size = Annotated[int, BeforeValidator(read_size), _text_schema("16MiB")]
Flag = Annotated[bool, BeforeValidator(read_flag), WithJsonSchema({"enum": [True, False]})]
Count = Annotated[int, BeforeValidator(read_count), WithJsonSchema({"type": "integer", "minimum": 1})]
Host = Annotated[Address, BeforeValidator(read_address), _text_schema("127.0.0.1:2575"), PlainSerializer(str)]
Zone = Annotated[ZoneInfo, BeforeValidator(read_zone), _text_schema("America/New_York"), PlainSerializer(str)]
Network = Annotated[
    ipaddress.IPv4Network | ipaddress.IPv6Network, BeforeValidator(read_network), _text_schema("10.1.0.0/16")
]
FilePath = Annotated[Path, BeforeValidator(read_file_path), _text_schema("tls/lab.pem")]
Secret = Annotated[SecretStr, BeforeValidator(read_secret), _text_schema("${env:NAME}")]
OneOrMore = BeforeValidator(read_list)
