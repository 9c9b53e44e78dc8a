"""Every key of config.yaml: its meaning, its default, its kind. The fields' docstrings are the reference page."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from engine.config.values import (
    Count,
    Duration,
    FilePath,
    Flag,
    Host,
    Network,
    OneOrMore,
    Secret,
    Size,
    Wrong,
    Zone,
    read_duration,
    read_zone,
)

_SECOND = read_duration("1s")


class Section(BaseModel):
    """A map of config.yaml."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )


class ServerTls(Section):
    """TLS of a listener (1.2 or later)."""

    certificate: FilePath
    """The listener's certificate with its chain, PEM."""
    key: FilePath
    """Its private key, PEM."""
    key_password: Secret | None = None
    """What opens the key: ``${env:NAME}`` or ``${file:PATH}``."""
    client_ca: FilePath | None = None
    """Authorities that sign senders' certificates; with it a sender without one is refused."""


class ClientTls(Section):
    """TLS towards a destination (1.2 or later); certificate and host name are always verified."""

    ca: FilePath | None = None
    """Authorities that sign the destination's certificate; without it the machine's own list."""
    certificate: FilePath | None = None
    """Our certificate, where the destination asks for one."""
    key: FilePath | None = None
    """Its private key."""
    key_password: Secret | None = None
    """What opens the key: ``${env:NAME}`` or ``${file:PATH}``."""


class Acknowledge(StrEnum):
    """How a sender wants to be answered."""

    AUTO = "auto"
    ORIGINAL = "original"
    ENHANCED = "enhanced"


class SenderSettings(Section):
    """What is known of a listener's sender. It applies where the message is silent."""

    authority: str = ""
    """Assigning authority of patient numbers that name none."""
    charset: str = ""
    """Character set of messages that declare none and are not UTF-8; ``cp1252`` if nothing is said."""
    processing: Annotated[tuple[str, ...], OneOrMore, Field()] = ()
    """Values of MSH-11 that are taken (``P``, ``T``, ``D``); others are answered AR 202. Without it all are."""
    updates: Literal["delta", "snapshot", "full"] = "delta"
    """What an update's silence means. ``delta``: nothing. ``snapshot``: repeated segments not sent again are gone.
    ``full``: an empty field clears as well."""
    results: Literal["delta", "snapshot"] = "delta"
    """Whether a corrected report sends only what changed or all of it."""
    acknowledge: Acknowledge = Acknowledge.AUTO
    """``original`` answers AA, AE, AR; ``enhanced`` CA, CE, CR where MSH-15 asks for it; ``auto`` is original."""


class Limits(Section):
    """What one listener bears; beyond it a connection is closed."""

    connections: Count = 1000
    """Connections at the same time."""
    per_peer: Count = 256
    """Of these from one address."""
    max_message: Size = 16 * 2**20
    """The longest message."""
    frame: Duration = 30 * _SECOND
    """From the first byte of a message to its last."""
    idle: Duration | None = None
    """A connection without a message; without it a sender may be silent for as long as it likes."""
    write: Duration = 10 * _SECOND
    """Until the sender has taken its answer."""


class ListenerSettings(Section):
    """A port that takes messages."""

    mllp: Host
    """Address and port to listen on, as ``127.0.0.1:2575``."""
    time_zone: Zone | None = None
    """For times without an offset; without it the site's."""
    sender: SenderSettings = SenderSettings()
    """What is known of the sender; it applies where a message is silent."""
    tls: ServerTls | None = None
    """Encrypted connections only."""
    allow: Annotated[tuple[Network, ...], OneOrMore, Field()] = ()
    """Addresses and networks that may connect; without it everyone who can reach the port."""
    plaintext: Literal["", "accepted"] = ""
    """``accepted``: patients' data may cross the network unprotected. Needed where other machines reach the address
    and there is neither ``tls`` nor ``allow``."""
    several: Literal["quarantine", "split"] = "quarantine"
    """A second MSH in one frame: kept for a person, or ``split`` and answered each."""
    tolerate: Annotated[tuple[Literal["missing-vt", "fs-only", "lf-ended"], ...], OneOrMore, Field()] = ()
    """Framing that the standard forbids and this sender cannot help."""
    limits: Limits = Limits()
    """How much of everything the listener bears."""


class RetrySettings(Section):
    """How long to wait before a message that did not get through is sent again: twice as long each time."""

    first: Duration = _SECOND
    """After the first failure."""
    longest: Duration = 300 * _SECOND
    """Never longer than this."""
    alert_after: Duration = 300 * _SECOND
    """Somebody is told when nothing has got through for this long."""


class DestinationSettings(Section):
    """A system that takes our messages."""

    mllp: Host
    """Its address and port."""
    lanes: Count = 1
    """How many patients' messages may be under way at the same time; 1 is one strict order for all."""
    lane_by: str = ""
    """An expression: messages with the same value keep their order. Without it patients do."""
    header: dict[str, str] = {}
    """Paths and texts written into every message for it before a mapping's steps: ``{MSH-5: BILLING}``."""
    timeout: Duration = 10 * _SECOND
    """How long to wait for its acknowledgement."""
    connect: Duration = 5 * _SECOND
    """How long to wait for a connection."""
    retry: RetrySettings = RetrySettings()
    """How it is tried again."""
    encoding: str = ""
    r"""MSH-2 of what it is sent, as ``^~\&``; without it the inbound message's."""
    charset: str = ""
    """Character set of what it is sent; without it the inbound message's."""
    tls: ClientTls | None = None
    """An encrypted connection."""
    drain: Flag = False
    """``true``: nothing new is sent to it, only what waits. Then it can be taken out of this file."""


class Unknown(Section):
    """What ``translate`` does with a code that its table does not list."""

    policy: Literal["error", "keep", "default"] = "error"
    default: str = ""


def read_unknown(value: object) -> object:
    """Return the policy that ``error``, ``keep`` or ``{default: X}`` names."""
    if value in ("error", "keep"):
        return {"policy": value}
    if isinstance(value, dict) and list(value) == ["default"] and isinstance(value["default"], str):
        return {"policy": "default", **value}
    raise Wrong("unknown-choice", "'unknown' takes error, keep or {default: X}")


_UNKNOWN = {
    "anyOf": [
        {"enum": ["error", "keep"]},
        {"type": "object", "properties": {"default": {"type": "string"}}, "additionalProperties": False},
    ]
}


class Targets(Section):
    """What a table's codes may be translated to."""

    source: str = ""
    """``hl7-0004`` for a table of the standard, or the name of another table, whose ``from`` codes they are."""
    codes: tuple[str, ...] = ()


def read_targets(value: object) -> object:
    """Return the targets that a name or a list of codes means."""
    if isinstance(value, str):
        return {"source": value}
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return {"codes": tuple(value)}
    raise Wrong("unknown-choice", "'targets' takes hl7-0004 or the like, the name of a table, or a list of codes")


_TARGETS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class TableSettings(Section):
    """A code table."""

    file: FilePath
    """CSV with the header ``from,to,display,effective_from,effective_to``."""
    unknown: Annotated[Unknown, BeforeValidator(read_unknown), WithJsonSchema(_UNKNOWN)] = Unknown()
    """For a code that is not in the table: ``error`` (the output fails), ``keep`` it, or ``{default: X}``."""
    targets: Annotated[Targets | None, BeforeValidator(read_targets), WithJsonSchema(_TARGETS)] = None
    """What ``to`` may be: ``hl7-0004`` (codes of the standard), the name of another table, or a list of codes."""


class PythonSettings(Section):
    """Functions in Python that mappings may ask, each in a process of its own."""

    folder: str = "mappings/python"
    """Where their modules lie; nothing else can be called."""
    timeout: Duration = 2 * _SECOND
    """The longest that one call may take; then the output fails, by its ``on_failure``."""
    workers: Count = 2
    """Processes that run them at the same time."""


class Configuration(Section):
    """config.yaml."""

    site: str = ""
    """The name of this place, for people."""
    time_zone: Zone = read_zone("UTC")
    """For times without an offset, and for those the engine writes; UTC if nothing is said."""
    store: str = "sqlite:///var/engine.db"
    """Where messages are kept: ``sqlite:///PATH``."""
    listeners: dict[str, ListenerSettings] = {}
    """Ports that take messages, by name."""
    destinations: dict[str, DestinationSettings] = {}
    """Systems that take our messages, by name."""
    tables: dict[str, TableSettings] = {}
    """Code tables, by the name that ``translate``, ``lookup`` and ``listed`` use."""
    python: PythonSettings | None = None
    """Functions in Python that mappings may ask; without it there are none."""
    routes: Annotated[tuple[str, ...], OneOrMore, Field()] = ("routes/*.yaml",)
    """The files of routes, one or more patterns."""
    mappings: Annotated[tuple[str, ...], OneOrMore, Field()] = ("mappings/*.yaml",)
    """The files of mappings, one or more patterns."""
    profiles: Annotated[tuple[str, ...], OneOrMore, Field()] = ("mappings/profiles/*.yaml",)
    """The files of profiles, one or more patterns."""
