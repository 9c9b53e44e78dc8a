"""The memory that unfinished frames may take, with connections that only count."""

from engine.mllp.budget import MemoryBudget

SHARE = 64 * 2**10
BIG = 2**20


class Holding:
    """A connection as the budget sees it."""

    def __init__(self, budget: MemoryBudget) -> None:
        self.held = 0
        self.reading = True
        self._budget = budget

    def grow(self, size: int) -> None:
        self.held += size
        self._budget.used += size
        if self._budget.used > self._budget.limit:
            self._budget.press(self)

    def shrink(self) -> None:
        size, self.held = self.held, 0
        self._budget.release(self, size)

    def pause_for_memory(self) -> None:
        self.reading = False

    def resume_from_memory(self) -> None:
        self.reading = True


def test_under_the_limit_everyone_reads() -> None:
    """The budget is not felt until it is spent."""
    budget = MemoryBudget(10 * BIG)
    holders = [Holding(budget) for _ in range(5)]

    for holder in holders:
        holder.grow(2 * BIG)

    assert all(holder.reading for holder in holders)


def test_over_the_limit_the_big_ones_take_turns() -> None:
    """One goes on, so that memory comes free; the others stop."""
    budget = MemoryBudget(10 * BIG)
    holders = [Holding(budget) for _ in range(5)]
    for holder in holders:
        holder.grow(2 * BIG)

    for holder in holders:
        holder.grow(BIG)

    assert [holder.reading for holder in holders] == [True, False, False, False, False]


def test_small_ones_never_wait() -> None:
    """A message of 1 kB passes while others push megabytes."""
    budget = MemoryBudget(BIG)
    big, small = Holding(budget), Holding(budget)
    big.grow(2 * BIG)

    small.grow(1_000)

    assert small.reading


def test_the_next_goes_on_when_one_has_finished() -> None:
    """First come, first served."""
    budget = MemoryBudget(2 * BIG)
    first, second, third = (Holding(budget) for _ in range(3))
    for holder in (first, second, third):
        holder.grow(2 * BIG + 1)

    first.shrink()

    assert (second.reading, third.reading) == (True, False)


def test_everyone_goes_on_in_the_end() -> None:
    """No connection is forgotten in the queue, also when those before it are cut off."""
    budget = MemoryBudget(2 * BIG)
    holders = [Holding(budget) for _ in range(6)]
    for holder in holders:
        holder.grow(BIG)
    for holder in holders:
        holder.grow(BIG)

    for holder in holders[:-1]:
        budget.leave(holder)

    assert holders[-1].reading
    assert budget.used == 2 * BIG
