"""Where the segments of one message stand: group instances by number, nothing of the segments' content."""

from collections.abc import Sequence

from engine.grammar.definitions import GroupNode

SKIPPED = "required-skipped"
OUT_OF_ORDER = "out-of-order"
TOO_MANY = "too-many"
NOT_IN_STRUCTURE = "not-in-structure"
UNKNOWN_SEGMENT = "unknown-segment"

ROOT = 0
NO_SLOT = -1


class GroupInstance:
    """One occurrence of a group. Number 0 is the message itself."""

    __slots__ = ("children", "first", "id", "members", "node", "parent")

    def __init__(self, number: int, parent: int, node: GroupNode, first: int) -> None:
        self.id = number
        self.parent = parent
        """Number of the instance around this one; -1 for the message."""
        self.node = node
        self.first = first
        """Index of its first segment."""
        self.members: list[int] = []
        """Indexes of the segments that stand directly in it, in wire order."""
        self.children: list[int] = []
        """Numbers of the instances directly in it, in wire order."""

    @property
    def name(self) -> str:
        """The group's name without the structure's: ``ORDER_OBSERVATION``."""
        return self.node.name

    @property
    def full_name(self) -> str:
        """The group's name in the tables: ``ORU_R01_ORDER_OBSERVATION``."""
        return self.node.full_name

    def __repr__(self) -> str:
        return f"<{self.name or 'message'} {self.id} from segment {self.first}>"


class Placement:
    """Every segment in exactly one group instance. Made by ``Structure.place``, then only read."""

    __slots__ = ("group_of", "groups", "known", "names", "notes", "slots")

    def __init__(self, names: Sequence[str], root: GroupNode) -> None:
        self.names = names
        self.known = True
        """False where no structure is known: then position decides what belongs together."""
        self.group_of: list[int] = []
        """For each segment the number of the innermost group instance that holds it."""
        self.slots: list[int] = []
        """For each segment the number of its slot in the structure; -1 where it has none."""
        self.groups = [GroupInstance(ROOT, -1, root, 0)]
        self.notes: list[tuple[str, int]] = []
        """What did not fit: a code and the segment's index."""

    def end_of(self, group: int) -> int:
        """Return the index just behind the last segment of *group*, its subgroups included."""
        end = 0
        pending = [group]
        while pending:
            instance = self.groups[pending.pop()]
            pending += instance.children
            if instance.members:
                end = max(end, instance.members[-1] + 1)
        return end

    def inside(self, group: int) -> list[int]:
        """Return the numbers of all instances below *group*, outer before inner, in wire order."""
        found: list[int] = []
        pending = list(reversed(self.groups[group].children))
        while pending:
            number = pending.pop()
            found.append(number)
            pending += reversed(self.groups[number].children)
        return found


_UNKNOWN = GroupNode("", "", ())


def place_by_position(names: Sequence[str]) -> Placement:
    """Place the segments of a message whose structure is not known: all of them in the message itself."""
    placement = Placement(names, _UNKNOWN)
    placement.known = False
    placement.group_of = [ROOT] * len(names)
    placement.slots = [NO_SLOT] * len(names)
    placement.groups[ROOT].members = list(range(len(names)))
    return placement
