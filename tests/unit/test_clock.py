"""The clock's units."""

from engine import clock


def test_a_receipt_is_kept_in_whole_microseconds() -> None:
    """The store has no more; a message decided again must get the control ids that it had."""
    moments = [clock.receipt_ns() for _ in range(100)]

    assert [moment % 1_000 for moment in moments] == [0] * 100
    assert abs(moments[-1] // 1_000 - clock.now_us()) < 60_000_000
