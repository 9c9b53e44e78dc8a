"""Durations, sizes, addresses and networks are read as people write them, or refused with a hint."""

from datetime import timedelta

import pytest

from engine.config.values import (
    Address,
    Wrong,
    read_address,
    read_count,
    read_duration,
    read_network,
    read_secret,
    read_size,
    read_zone,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("5m", 300), ("1h", 3600), ("1.5h", 5400), ("500ms", 0.5), ("7d", 604800)]
)
def test_a_duration_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    """Units are written, so that nobody guesses whether 10 means seconds."""
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["10", "10sec", "", "s", "-1s", "0s", "1e3s", "400d", "10 s 5m", None, ["10s"]])
def test_what_is_no_duration_is_refused(text: object) -> None:
    """No unit, no number, nothing, or longer than a year."""
    with pytest.raises(Wrong) as caught:
        read_duration(text)

    assert caught.value.code == "bad-duration"


@pytest.mark.parametrize(
    ("text", "size"), [("16MiB", 16 * 2**20), ("256kB", 256_000), ("1000", 1000), ("1 GiB", 2**30), ("5 B", 5)]
)
def test_a_size_counts_bytes(text: str, size: int) -> None:
    """kB are thousands, KiB are 1024."""
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["0", "16 mb", "-1", "1.5MB", "", None])
def test_what_is_no_size_is_refused(text: object) -> None:
    """A limit of nothing is no limit that anybody means."""
    with pytest.raises(Wrong):
        read_size(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:2575", Address("127.0.0.1", 2575)),
        ("[::1]:2575", Address("::1", 2575)),
        ("billing.example:0", Address("billing.example", 0)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: Address) -> None:
    """And is written again as it was read."""
    assert read_address(text) == address
    assert str(read_address(text)) == text


@pytest.mark.parametrize(
    "text", ["2575", ":2575", "localhost", "::1:2575", "a:b", "a:70000", "tcp://a:1", "a b:1", None]
)
def test_what_is_no_address_is_refused(text: object) -> None:
    """An IPv6 address without brackets cannot be told from its port."""
    with pytest.raises(Wrong):
        read_address(text)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("10.0.0.1:1", False),
        ("myhost:1", False),
    ],
)
def test_only_the_machine_itself_is_loopback(text: str, loopback: bool) -> None:
    """A name that could lead anywhere counts as reachable by others."""
    assert read_address(text).is_loopback is loopback


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("127.0.0.1:1", "127.0.0.1:1", True),
        ("127.0.0.1:1", "0.0.0.0:1", True),
        ("127.0.0.1:1", "127.0.0.2:1", False),
        ("127.0.0.1:1", "127.0.0.1:2", False),
        ("127.0.0.1:0", "127.0.0.1:0", False),
    ],
)
def test_two_listeners_meet_at_one_port_of_one_machine(one: str, other: str, meets: bool) -> None:
    """Port 0 asks for any free one, so it never meets another."""
    assert read_address(one).meets(read_address(other)) is meets


def test_other_values_are_refused_with_their_code() -> None:
    """Each kind has a code of its own."""
    refusals = [
        (read_zone, "America/Newyork", "unknown-time-zone"),
        (read_zone, "../etc/passwd", "unknown-time-zone"),
        (read_network, "10.1.2.3/16", "bad-network"),
        (read_count, "0", "bad-number"),
        (read_count, "1.5", "bad-number"),
        (read_secret, "hunter2", "secret-in-plain-text"),
    ]

    for read, text, code in refusals:
        with pytest.raises(Wrong) as caught:
            read(text)
        assert caught.value.code == code


def test_a_refused_secret_is_not_repeated() -> None:
    """What stands in plain text is bad enough in one file."""
    with pytest.raises(Wrong) as caught:
        read_secret("hunter2")

    assert "hunter2" not in f"{caught.value} {caught.value.text} {caught.value.hint}"
