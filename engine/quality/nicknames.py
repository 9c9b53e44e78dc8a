"""Short forms of given names: which two may be one person's, where nothing in the spelling tells it."""

_GROUPS = (
    "abigail abby gail", "abraham abe bram", "alexander alex sasha sandy lex xander", "alexandra sasha sandra lexi",
    "andrew andy drew", "anthony tony", "antonio tono tony", "barbara barb babs", "benjamin ben benny",
    "catherine katherine kathy cathy kate katie kitty kay", "charles charlie chuck carlos", "christine chris tina",
    "christopher chris topher kit", "cynthia cindy", "daniel dan danny", "david dave davy", "deborah debbie deb",
    "donald don donnie", "dorothy dot dottie dolly", "edward ed eddie ted ned", "eleanor ellie nell nora",
    "elizabeth liz lizzie beth betty eliza elsie libby lisa", "emily em emma", "francis frank", "francisco paco pancho",
    "frances fran fanny", "frederick fred freddy fritz", "gerald jerry gerry", "gregory greg", "guadalupe lupe",
    "harold harry hal", "henry hank harry", "ignacio nacho", "isabel isabella bella izzy", "jacob jake",
    "james jim jimmy jamie", "jennifer jenny jen", "jessica jess jessie", "jesus chuy", "john jack johnny jon",
    "jonathan jon nathan", "jose pepe", "joseph joe joey", "joshua josh", "judith judy", "kenneth ken kenny",
    "lawrence larry", "leonard leo len lenny", "louis lou louie", "manuel manny manolo", "margaret maggie meg peggy",
    "maria mary mia", "martha patty marty", "matthew matt", "michael mike mickey misha", "nancy ann",
    "nathaniel nathan nate",
    "nicholas nick nicky", "pamela pam", "patricia pat patty tricia trish", "patrick pat paddy", "peter pete",
    "philip phil", "raymond ray", "rebecca becky becca", "richard rick rich dick ricky",
    "robert bob rob bobby robbie bert",
    "roberto beto", "ronald ron ronnie", "samantha sam", "samuel sam sammy", "sarah sally sadie", "stephen steve",
    "steven steve", "susan sue susie", "teresa terry tess", "theodore ted theo teddy", "theresa terry tess",
    "thomas tom tommy", "timothy tim", "victoria vicky tori", "vincent vince vinny", "virginia ginny",
    "walter walt wally",
    "william bill will billy willy liam", "zachary zach",
)  # fmt: skip


def _by_name() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(_GROUPS):
        for name in group.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


_BY_NAME = _by_name()
_NONE: frozenset[int] = frozenset()


def may_be_called(one: str, other: str) -> bool:
    """Tell whether two plain given names are forms of one name."""
    return not _BY_NAME.get(one, _NONE).isdisjoint(_BY_NAME.get(other, _NONE))
