"""Which two records may be one person's, and why."""

import pytest

from engine.quality.comparing import compare
from engine.quality.names import plain, sound
from engine.quality.profile import profile_of


def pid(name: str, born: str = "19610214", sex: str = "F", **more: str) -> str:
    fields = [""] * 31
    fields[5], fields[7], fields[8] = name, born, sex
    fields[3], fields[11] = more.get("numbers", ""), more.get("address", "")
    fields[13], fields[19], fields[25] = more.get("phone", ""), more.get("ssn", ""), more.get("order", "")
    return "|".join(["PID", *fields[1:]])


def reasons(one: str, other: str) -> tuple[str, ...] | None:
    """Return why two are alike, the same whichever comes first."""
    found, back = (compare(profile_of(1, a), profile_of(2, b)) for a, b in ((one, other), (other, one)))
    assert (found is None) == (back is None)
    if found is None or back is None:
        return None
    assert found.score == back.score
    return found.reasons


HOME = {"address": "12 Example Street^^Town^NC^27900", "phone": "(919)555-0142"}


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Smith^Katherine", "SMITH^Kate", "short-given-name"),
        ("Müller^Jürgen", "MUELLER^JURGEN", "similar-family-name"),
        ("Núñez^José", "NUNEZ^JOSE", "same-family-name"),
        ("Іваненко^Ольга", "ІВАНЕНКО^ОЛЬГА", "same-given-name"),
        ("Παπαδόπουλος^Ελένη", "Παπαδοπουλος^Ελενη", "same-family-name"),
        ("山田^花子", "山田^花子", "same-family-name"),
        ("김^지우", "김^지우", "same-given-name"),
        ("أحمد^يوسف", "احمد^يوسف", "same-family-name"),
        ("शर्मा^प्रिया", "शर्मा^प्रिया", "same-family-name"),
        ("Yamada^Hanako^^^^^L^A~山田^花子^^^^^L^I", "山田^花子", "same-family-name"),
        ("Smith^Anna", "Anna^Smith", "names-swapped"),
        ("Garcia Lopez^Maria", "Garcia^Maria", "part-of-family-name"),
    ],
)
def test_names_are_compared_in_any_script(one: str, other: str, reason: str) -> None:
    """With the same birth date they are worth a look, and the reason says what the name did."""
    found = reasons(pid(one, **HOME), pid(other, **HOME))

    assert found is not None
    assert reason in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pid("Smith^Anna", **HOME), pid("Smith^Ruth", **HOME)),
        (pid("Smith^John^^JR", "19800214", "M", **HOME), pid("Smith^John^^SR", "19510214", "M", **HOME)),
        (pid("Smith^Anna", order="1", **HOME), pid("Smith^Anna", order="2", **HOME)),
        (pid("Smith^Anna"), pid("Novak^Anna")),
        (pid("Unknown^Unknown", **HOME), pid("Unknown^Unknown", **HOME)),
        (pid("^", "", ""), pid("^", "", "")),
        (pid("Smith^Anna", "19000101", ssn="999999999"), pid("Smith^Anna", "19000101", ssn="999-99-9999")),
    ],
)
def test_twins_fathers_and_stopgaps_are_not_taken_for_one(one: str, other: str) -> None:
    """What many share, and what stands for nothing, is no evidence."""
    assert reasons(one, other) is None


def test_a_slip_of_the_birth_date_needs_more_than_a_name() -> None:
    """Day and month swapped, with the same telephone: yes; alone: no."""
    assert reasons(pid("Smith^Anna", "19610212"), pid("Smith^Anna", "19611202")) is None
    found = reasons(pid("Smith^Anna", "19610212", **HOME), pid("Smith^Anna", "19611202", **HOME))
    assert found is not None
    assert "birth-date-slip" in found


@pytest.mark.parametrize(
    "garbage", ["", "PID", "PID|" * 40, "PID|1||^^^^~~^||^^^~~^^|", "PID|1||" + "^" * 999, "PID\\|"]
)
def test_garbage_compares_with_anything(garbage: str) -> None:
    """No record is too broken to be looked at."""
    assert compare(profile_of(1, garbage), profile_of(2, pid("Smith^Anna"))) is None


def test_reasons_are_codes_and_never_values() -> None:
    """They are listed without an audit."""
    found = reasons(pid("Zqxname^Anna", ssn="212345678", **HOME), pid("Zqxname^Anna", ssn="212345678", **HOME))

    assert found is not None
    assert all(reason.replace("-", "").isalpha() and "zqx" not in reason for reason in found)


def test_what_is_said_alike_sounds_alike() -> None:
    """Keys survive what clerks hear."""
    assert sound(plain("Philips")) == sound(plain("Fillips"))
    assert sound(plain("Catherine")) == sound(plain("Katharine"))
    assert plain("ｶﾅ") == plain("かな") == plain("カナ")
