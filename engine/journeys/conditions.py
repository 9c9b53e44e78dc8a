"""What people come with: diagnoses (ICD-10-CM), procedures (CPT and ICD-10-PCS, in our own words) and allergies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """A reason for coming, its coded form, and what may be done about it."""

    complaint: str
    """PV2-3.2, free text."""

    code: str
    """DG1-3."""

    also: str
    """A second diagnosis."""

    procedure: str
    """PR1-3, empty where nothing is done."""

    any_age: bool = False


CONDITIONS = (
    Condition("Chest pain", "R07.9^Chest pain, unspecified^I10C", "I10^Essential (primary) hypertension^I10C", ""),
    Condition(
        "Short of breath, fever",
        "J18.9^Pneumonia, unspecified organism^I10C",
        "E11.9^Type 2 diabetes mellitus without complications^I10C",
        "71046^Chest x-ray, two views^C4",
    ),
    Condition(
        "Pain right lower belly",
        "K35.80^Unspecified acute appendicitis^I10C",
        "E66.9^Obesity, unspecified^I10C",
        "0DTJ4ZZ^Appendix removed by endoscope^I10P",
        any_age=True,
    ),
    Condition(
        "Fell \\T\\ hurt hip",
        "S72.001A^Fracture of neck of right femur, first encounter^I10C",
        "M81.0^Age-related osteoporosis without fracture^I10C",
        "27236^Open treatment of hip fracture^C4",
    ),
    Condition(
        "Burning on urination",
        "N39.0^Urinary tract infection, site not specified^I10C",
        "R31.9^Hematuria, unspecified^I10C",
        "",
    ),
    Condition(
        "Knee pain, follow-up",
        "M17.11^Primary osteoarthritis, right knee^I10C",
        "I10^Essential (primary) hypertension^I10C",
        "20610^Injection into large joint^C4",
    ),
    Condition(
        "Cough and sore throat",
        "J06.9^Acute upper respiratory infection, unspecified^I10C",
        "Z20.822^Contact with and (suspected) exposure to COVID-19^I10C",
        "",
        any_age=True,
    ),
    Condition(
        "Palpitations",
        "I48.91^Unspecified atrial fibrillation^I10C",
        "I50.9^Heart failure, unspecified^I10C",
        "93005^Electrocardiogram tracing^C4",
    ),
    Condition(
        "Cut hand on glass",
        "S61.411A^Laceration of right hand, first encounter^I10C",
        "Z23^Encounter for immunization^I10C",
        "12001^Simple repair of wound^C4",
        any_age=True,
    ),
    Condition(
        "Yearly check",
        "Z00.00^General adult examination without abnormal findings^I10C",
        "E78.5^Hyperlipidemia, unspecified^I10C",
        "",
    ),
)

CHILDRENS_CONDITIONS = tuple(one for one in CONDITIONS if one.any_age)

ALLERGIES = (
    "DA|70618^Penicillin^RXNORM|SV|Hives",
    "DA|10180^Sulfamethoxazole^RXNORM|MO|Rash",
    "FA|91935009^Peanut allergy^SCT|SV|Anaphylaxis",
    "MA|111088007^Latex^SCT|MI|Dermatitis",
)
"""AL1-2 to AL1-5."""
