"""Counting by code, and the quiet log."""

from structlog.testing import capture_logs

from engine.mllp.tally import Tally


def test_a_code_is_said_once_a_minute_with_how_often_it_came() -> None:
    """A port scan of a thousand connections is one line, and then one a minute."""
    now = 0.0
    tally = Tally("lab", monotonic=lambda: now)

    with capture_logs() as logs:
        for _ in range(5):
            tally.warn("connection.refused", "too-many", "127.0.0.1")
        now = 61.0
        tally.warn("connection.refused", "too-many", "127.0.0.1")
        tally.warn("connection.refused", "not-allowed", "127.0.0.1")

    assert [(entry["code"], entry["times"]) for entry in logs] == [("too-many", 1), ("too-many", 5), ("not-allowed", 1)]
    assert tally.counts == {"too-many": 6, "not-allowed": 1}
