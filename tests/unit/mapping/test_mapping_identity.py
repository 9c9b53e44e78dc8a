"""New control ids."""

from base64 import b32encode
from hashlib import blake2b

from engine.mapping import new_control_id


def test_a_control_id_is_the_first_twenty_base32_characters_of_the_hash() -> None:
    """Anyone can recompute it: listener, receipt, length and bytes of the payload, destination, ordinal."""
    seed = b"lab\x0042\x0011\x00MSH|payload\x00billing\x003"
    expected = b32encode(blake2b(seed).digest())[:20].decode()

    assert new_control_id("lab", b"MSH|payload", 42, "billing", 3) == expected


def test_control_ids_differ_with_everything_they_are_made_of() -> None:
    """Two outputs share an MSH-10 only if they are the same output."""
    made = {
        new_control_id("a", b"x", 1, "d", 0),
        new_control_id("b", b"x", 1, "d", 0),
        new_control_id("a", b"y", 1, "d", 0),
        new_control_id("a", b"x", 2, "d", 0),
        new_control_id("a", b"x", 1, "e", 0),
        new_control_id("a", b"x", 1, "d", 1),
    }

    assert len(made) == 6
    assert all(len(each) == 20 and each.isalnum() for each in made)


def test_a_control_id_is_the_same_whenever_it_is_asked_for() -> None:
    """A resend and a message decided again keep their ids."""
    assert new_control_id("a", b"x", 1, "d", 0) == new_control_id("a", b"x", 1, "d", 0)
