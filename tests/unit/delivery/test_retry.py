"""When to try again, and when to hold."""

import pytest

from engine.delivery.retry import RetryPolicy, Trouble, next_wait


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1.0), (2, 10.0), (3, 60.0), (4, None)])
def test_a_refusal_is_tried_three_times_more_and_then_held(attempt: int, wait: float | None) -> None:
    """AE says that the content is at fault: repeating it for ever would block the lane in silence."""
    assert next_wait(RetryPolicy(), Trouble.REFUSED, attempt) == wait


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1.0), (2, 2.0), (3, 4.0), (9, 256.0), (10, 300.0), (10_000, 300.0)])
def test_a_fault_is_tried_for_ever_ever_more_slowly(attempt: int, wait: float) -> None:
    """A destination that is down for a night needs nobody to come in."""
    assert next_wait(RetryPolicy(), Trouble.FAILED, attempt) == wait


@pytest.mark.parametrize(("refused", "longest"), [((1.0, 10.0, 60.0), 60.0), ((1.0,), 30.0), ((), 30.0)])
def test_no_wait_is_longer_than_the_longest_of_both_kinds(refused: tuple[float, ...], longest: float) -> None:
    """What a clock that was set back may cost."""
    assert RetryPolicy(longest=30.0, refused=refused).longest_of_all == longest
