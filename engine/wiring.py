"""From settings to the parts that move bytes: what each listener and destination is told. Starts nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from ssl import SSLContext

from engine.config.settings import ClientTls, DestinationSettings, ListenerSettings, ServerTls
from engine.delivery import Destination, MllpSender, RetryPolicy
from engine.mllp.client import MllpClient
from engine.mllp.framing import Tolerances
from engine.mllp.options import Limits, ListenerOptions
from engine.mllp.tls import client_context, server_context


@dataclass(frozen=True, slots=True)
class Inlet:
    """One listener, ready to be started; two are the same where their terms are."""

    options: ListenerOptions = field(compare=False)
    terms: tuple[object, ...]
    """All that the options were made from, certificates by content: a renewed one is another."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One destination's lanes, ready to be started; two are the same where their terms are."""

    destination: Destination = field(compare=False)
    connect: Callable[[], MllpSender] = field(compare=False)
    terms: tuple[object, ...]


def inlet_of(name: str, settings: ListenerSettings) -> Inlet:
    """Return the listener called *name*; reads its certificates."""
    terms = (settings.mllp, settings.allow, settings.tolerate, settings.limits, _seal(settings.tls))
    return Inlet(listener_options(name, settings), terms)


def outlet_of(name: str, settings: DestinationSettings) -> Outlet:
    """Return the lanes of the destination called *name*; reads its certificates."""
    terms = (settings.mllp, settings.lanes, settings.timeout, settings.connect, settings.retry, _seal(settings.tls))
    return Outlet(destination_of(name, settings), sender_of(settings), terms)


def listener_options(name: str, settings: ListenerSettings) -> ListenerOptions:
    """Return what the MLLP listener called *name* is told; reads its certificates."""
    limits, told = settings.limits, settings.tls
    return ListenerOptions(
        name,
        settings.mllp.host,
        settings.mllp.port,
        settings.allow,
        _server_context(told) if told else None,
        Tolerances(
            missing_vt="missing-vt" in settings.tolerate,
            fs_only="fs-only" in settings.tolerate,
            lf_ended="lf-ended" in settings.tolerate,
        ),
        Limits(
            frame_bytes=limits.max_message,
            connections=limits.connections,
            connections_per_peer=limits.per_peer,
            frame_seconds=limits.frame.total_seconds(),
            idle_seconds=limits.idle.total_seconds() if limits.idle else None,
            write_seconds=limits.write.total_seconds(),
        ),
    )


def destination_of(name: str, settings: DestinationSettings) -> Destination:
    """Return how the lanes of the destination called *name* work."""
    retry = settings.retry
    policy = RetryPolicy(
        first=retry.first.total_seconds(),
        longest=retry.longest.total_seconds(),
        alert_after=retry.alert_after.total_seconds(),
    )
    return Destination(name, settings.lanes, policy)


def sender_of(settings: DestinationSettings) -> Callable[[], MllpSender]:
    """Return what gives each lane of a destination its own connection; reads the certificates once."""
    told = settings.tls
    context = _client_context(told) if told else None

    def connect() -> MllpSender:
        return MllpSender(
            MllpClient(
                settings.mllp.host,
                settings.mllp.port,
                context,
                connect_timeout=settings.connect.total_seconds(),
                answer_timeout=settings.timeout.total_seconds(),
            )
        )

    return connect


def _server_context(told: ServerTls) -> SSLContext:
    password = told.key_password.get_secret_value() if told.key_password else ""
    return server_context(told.certificate, told.key, told.client_ca, password=password)


def _client_context(told: ClientTls) -> SSLContext:
    password = told.key_password.get_secret_value() if told.key_password else ""
    return client_context(told.ca, told.certificate, told.key, password=password)


def _seal(told: ServerTls | ClientTls | None) -> bytes:
    """Return what changes with the settings of TLS and with the content of the files that they name."""
    if told is None:
        return b""
    files = [value for _, value in told if isinstance(value, Path)]
    password = told.key_password.get_secret_value() if told.key_password else ""
    parts = [str(each).encode() + b"\0" + each.read_bytes() for each in files if each.is_file()]
    return blake2b(b"\0".join([*parts, password.encode()]), digest_size=16).digest()
