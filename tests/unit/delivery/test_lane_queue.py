"""The order of one destination: what may be sent when."""

import pytest

from engine.delivery.lanes import DeliveryId, LaneQueue


def ids(*numbers: int) -> list[DeliveryId]:
    """Return deliveries of messages with these numbers."""
    return [DeliveryId(number, 1) for number in numbers]


def test_two_patients_do_not_wait_for_each_other() -> None:
    """Keys in different lanes are independent."""
    queue = LaneQueue(64)

    free = [queue.add(delivery, [key]) for delivery, key in zip(ids(1, 2), ["A|1", "A|2"], strict=True)]

    assert free == [True, True]


def test_one_patient_is_one_order() -> None:
    """The second message of a patient waits for the first."""
    queue = LaneQueue(8)
    first, second = ids(1, 2)
    queue.add(first, ["A|1"])

    at_once = queue.add(second, ["A|1"])
    freed = queue.finish(first)

    assert not at_once
    assert freed == [second]


def test_a_merge_waits_for_both_patients_and_blocks_only_them() -> None:
    """A delivery with two keys is sent when it is the oldest in both lanes."""
    queue = LaneQueue(64)
    left, right, merge, late, other = ids(1, 2, 3, 4, 5)
    queue.add(left, ["A|1"])
    queue.add(right, ["A|2"])
    queue.add(merge, ["A|1", "A|2"])
    queue.add(late, ["A|2"])

    unrelated = queue.add(other, ["A|7"])
    steps = [queue.finish(left), queue.finish(right), queue.finish(merge)]

    assert unrelated
    assert steps == [[], [merge], [late]]


def test_a_delivery_without_keys_is_in_every_lane() -> None:
    """Nothing overtakes what nobody can attribute, and it overtakes nothing."""
    queue = LaneQueue(4)
    before, bare, after = ids(1, 2, 3)
    queue.add(before, ["A|1"])

    bare_at_once, after_at_once = queue.add(bare, []), queue.add(after, ["A|2"])
    freed = queue.finish(before)

    assert (bare_at_once, after_at_once, freed) == (False, False, [bare])


def test_with_one_lane_the_whole_destination_is_one_order() -> None:
    """``lanes: 1`` is the default and the strictest."""
    queue = LaneQueue(1)
    first, second = ids(1, 2)

    free = [queue.add(first, ["A|1"]), queue.add(second, ["A|2"])]

    assert free == [True, False]


def test_one_taken_out_of_the_middle_frees_nobody_too_early() -> None:
    """A person may skip a message that still waits."""
    queue = LaneQueue(1)
    first, second, third = ids(1, 2, 3)
    for delivery in (first, second, third):
        queue.add(delivery, ["A|1"])

    freed = [queue.finish(second), queue.finish(first)]

    assert freed == [[], [third]]
    assert list(queue.heads()) == [third]


def test_how_many_wait_behind_a_held_one() -> None:
    """The alert says how many messages a held one keeps waiting."""
    queue = LaneQueue(1)
    for delivery in ids(1, 2, 3):
        queue.add(delivery, [])

    assert queue.waiting_behind(DeliveryId(1, 1)) == 2


def test_the_same_delivery_twice_is_refused() -> None:
    """A delivery that stood in its lanes twice would be sent twice."""
    queue = LaneQueue(2)
    queue.add(DeliveryId(1, 1), ["A|1"])

    with pytest.raises(ValueError, match="waits already"):
        queue.add(DeliveryId(1, 1), ["A|1"])
