"""The shipped checks of claims and charges: a good one passes, and each thing that a payer refuses is seen."""

import pytest

from tests.support.profiles import changed, message, shipped, told, without

CLAIM, CHARGE = message("bar_claim"), message("dft_charge")
CLAIMS: list[tuple[str, str, list[str]]] = [
    ("PV1-7.1", "2900000129", ["attending-npi-wrong PV1-7.1"]),
    ("PV1-7.1", "290000012", ["attending-npi-wrong PV1-7.1"]),
    ("PV1-7", "4711^Abara^Ngozi", ["attending-npi-missing PV1-7"]),
    ("PV1-8.1", "2900000095", ["referring-npi-wrong PV1-8.1"]),
    ("PV1-45", "20260104", ["discharged-before-admitted PV1-45", "procedure-outside-stay PR1-5"]),
    ("PID-7", "", ["birth-date-missing PID-7"]),
    ("PID-7", "12.04.1977", ["birth-date-missing PID-7"]),
    ("PID-8", "", ["sex-missing PID-8"]),
    ("PID-11.1", "", ["address-missing PID-11"]),
    ("PID-11.5", "", ["address-missing PID-11"]),
    ("DG1-3.1", "N40.1", ["sex-and-diagnosis-disagree DG1-3.1"]),
    ("IN1-3", "", ["payer-missing IN1-3"]),
    ("IN1-36", "", ["member-number-missing IN1-36"]),
    ("IN1-36", "XX 74", ["member-number-odd IN1-36"]),
    ("IN1-17", "", ["relationship-missing IN1-17"]),
    ("IN1-16.1", "Another", ["insured-name-differs IN1-16.1"]),
    ("IN1-12", "20260106", ["coverage-not-begun IN1-12"]),
    ("IN1-13", "20251231", ["coverage-ended IN1-13"]),
    ("IN1-22", "2", ["insurance-order IN1-22"]),
    ("IN1-14", "", ["authorisation-missing IN1-14"]),
    ("PV1-4", "", ["admission-type-missing PV1-4"]),
    ("PV1-14", "", ["admission-source-missing PV1-14"]),
    ("PV1-36", "", ["disposition-missing PV1-36"]),
    ("PV1-45", "", ["discharge-missing PV1-45"]),
    ("DG1-3", "883.0^Open wound^I9C", ["diagnosis-code-set DG1-3.3"]),
    ("DG1-3.1", "61.411", ["diagnosis-format DG1-3.1"]),
    ("DG1-3.1", "W26.0XXA", ["external-cause-first DG1-3.1"]),
    ("DG1-15", "3", ["diagnosis-order DG1-15"]),
    ("DG1-26", "", ["present-on-admission-missing DG1-26"]),
    ("PR1-3.1", "7313", ["procedure-format PR1-3.1"]),
    ("PR1-3", "94500-6^x^LN", ["procedure-is-loinc PR1-3.3"]),
    ("PR1-5", "20260104", ["procedure-outside-stay PR1-5"]),
    ("PR1-5", "20260117", ["procedure-in-future PR1-5", "procedure-outside-stay PR1-5"]),
]
CHARGES: list[tuple[str, str, list[str]]] = [
    ("FT1-2", "", ["charge-number-missing FT1-2"]),
    ("FT1-4", "", ["charge-date-missing FT1-4"]),
    ("FT1-4", "20260116", ["charge-outside-stay FT1-4"]),  # tomorrow here may be today where it was done
    ("FT1-4", "20260117", ["charge-in-future FT1-4", "charge-outside-stay FT1-4"]),
    ("FT1-4", "20250114", ["charge-late FT1-4", "charge-outside-stay FT1-4"]),
    ("FT1-4", "20260107", ["charge-outside-stay FT1-4"]),
    ("FT1-6", "XX", ["charge-type FT1-6"]),
    ("FT1-6", "CD", ["credit-without-charge FT1-31"]),
    ("FT1-7", "", ["charge-code-missing FT1-7"]),
    ("FT1-10", "0", ["charge-units FT1-10"]),
    ("FT1-10", "one", ["charge-many-units FT1-10", "charge-units FT1-10"]),
    ("FT1-10", "1000", ["charge-many-units FT1-10"]),
    ("FT1-11", "twelve", ["charge-amount-format FT1-11"]),
    ("FT1-11", "-12.50", ["charge-negative FT1-11"]),
    ("FT1-11", "12.50&dollars", ["charge-currency FT1-11.1.2"]),
    ("FT1-13", "", ["charge-department-missing FT1-13"]),
    ("FT1-19", "", ["charge-diagnosis-missing FT1-19"]),
    ("FT1-20.1", "2900000129", ["performing-npi-wrong FT1-20.1"]),
    ("FT1-21.1", "29", ["ordering-npi-wrong FT1-21.1"]),
    ("FT1-21", "", ["ordering-npi-missing FT1-21"]),
    ("FT1-25", "", ["charge-procedure-missing FT1-25"]),
    ("FT1-25", "718-7^Hemoglobin^LN", ["charge-is-loinc FT1-25"]),
    ("FT1-25.1", "8502", ["charge-procedure-format FT1-25.1"]),
    ("FT1-25.1", "J1885", ["charge-drug-code-missing FT1-29"]),
    ("FT1-26", "9", ["charge-modifier-format FT1-26.1"]),
    ("FT1-26", "GA", ["charge-notice-missing FT1-27"]),
    ("PV1-7.1", "2900000095", ["attending-npi-wrong PV1-7.1"]),
]


def test_a_good_claim_and_a_good_charge_have_no_findings() -> None:
    """Neither an error nor a warning."""
    assert told("claim-checks", CLAIM) == []
    assert told("charge-checks", CHARGE) == []


@pytest.mark.parametrize(("path", "value", "expected"), CLAIMS)
def test_what_a_claim_is_refused_for_is_seen(path: str, value: str, expected: list[str]) -> None:
    """One field is changed, and exactly what is wrong then is found at its place."""
    found = told("claim-checks", changed(CLAIM, path, value))

    assert sorted(found) == expected


@pytest.mark.parametrize(("path", "value", "expected"), CHARGES)
def test_what_a_charge_is_refused_for_is_seen(path: str, value: str, expected: list[str]) -> None:
    """As with claims; what providers are asked comes from the profile that both extend."""
    found = told("charge-checks", changed(CHARGE, path, value))

    assert sorted(found) == expected


def test_somebody_else_who_is_insured_is_named() -> None:
    """The second insurance is the spouse's."""
    nameless = CLAIM.replace("Sample^Kim^^^^^L", "")

    assert told("claim-checks", nameless) == ["insured-missing IN1-16"]


def test_no_insurance_asks_for_nothing() -> None:
    """Without IN1, or where IN1-2 says that there is none, there is nothing to ask of an insurance."""
    assert told("claim-checks", without(CLAIM, "IN1")) == []
    assert told("claim-checks", without(CLAIM, "IN1") + 'IN1|1|""|""||||||||||||A-1\n') == []


def test_an_account_that_opens_needs_no_end() -> None:
    """What is asked at the end of a stay is not asked at its beginning."""
    opening = changed(changed(changed(CLAIM, "MSH-9", "BAR^P01^BAR_P01"), "PV1-45", ""), "PV1-36", "")

    assert told("claim-checks", without(opening, "DG1")) == []
    assert told("claim-checks", without(CLAIM, "DG1")) == ["diagnosis-missing DG1-3"]


def test_the_same_charge_twice_is_told() -> None:
    """The same number is a mistake; the same procedure needs a modifier."""
    line = CHARGE[CHARGE.index("FT1|") :]
    second = changed(line, "FT1-2", "F2-30001")

    assert told("charge-checks", CHARGE + line) == ["charge-twice FT1-2"]
    assert told("charge-checks", CHARGE + second) == []
    assert told("charge-checks", changed(CHARGE, "FT1-26", "") + changed(second, "FT1-26", "")) == [
        "charge-modifier-missing FT1-26"
    ]


def test_every_rule_of_the_profiles_is_seen_by_these_tests() -> None:
    """A rule that no test breaks may be one that cannot be broken."""
    seen = {word.split()[0] for table in (CLAIMS, CHARGES) for _, _, words in table for word in words}
    with_a_test_of_their_own = {"insured-missing", "diagnosis-missing", "charge-twice", "charge-modifier-missing"}

    rules = {rule.code for name in ("claim-checks", "charge-checks") for rule in shipped()[name].rules}
    assert rules - seen == with_a_test_of_their_own
