"""From settings to the parts that move bytes: what each listener and destination is told. Starts nothing."""

from collections.abc import Callable
from ssl import SSLContext

from engine.config.settings import ClientTls, DestinationSettings, ListenerSettings, ServerTls
from engine.delivery import Destination, MllpSender, RetryPolicy
from engine.mllp.client import MllpClient
from engine.mllp.framing import Tolerances
from engine.mllp.options import Limits, ListenerOptions
from engine.mllp.tls import client_context, server_context


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
