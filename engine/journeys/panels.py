"""The laboratory's catalogue: what can be ordered, by LOINC, and what is found. Charges key on these codes."""

from dataclasses import dataclass
from enum import Enum

from engine.journeys.observations import Finding, coded, measured, worded


class Course(Enum):
    """How a panel's results come."""

    AT_ONCE = "final, sometimes preliminary before"
    CULTURE = "preliminary, then an organism or none, with susceptibilities"
    NARRATIVE = "a text of several parts"


@dataclass(frozen=True, slots=True)
class Panel:
    """Something that can be ordered."""

    code: str
    """OBR-4 without the coding system: ``58410-2^CBC panel``."""

    section: str
    """OBR-24, HL7 table 0074."""

    specimen: str
    """SPM-4 in SNOMED CT, empty where the laboratory sends no SPM."""

    minutes: tuple[int, int]
    """From order to the first result."""

    share: int
    findings: tuple[Finding, ...] = ()
    course: Course = Course.AT_ONCE
    youngest: int = 0
    """The age from which it is ordered."""


_DETECTED = ("260373001^Detected",)
_NOT_DETECTED = "260415000^Not detected"
_REACTIVE = ("11214006^Reactive",)
_NON_REACTIVE = "131194007^Non-Reactive"
_BLOOD = "119297000^Blood specimen"
_SWAB = "258500001^Nasopharyngeal swab"
_SERUM = "119364003^Serum specimen"
_URINE = "122575003^Urine specimen"
_STOOL = "119339001^Stool specimen"
_GENITAL = "258520000^Genital swab"

_CBC = (
    measured("6690-2^Leukocytes", 4.5, 11.0, "10*3/uL"),
    measured("789-8^Erythrocytes", 4.2, 5.9, "10*6/uL"),
    measured("718-7^Hemoglobin", 12.0, 16.0, "g/dL"),
    measured("4544-3^Hematocrit", 36, 48, "%"),
    measured("787-2^MCV", 80, 100, "fL"),
    measured("788-0^RDW", 11.5, 14.5, "%"),
    measured("777-3^Platelets", 150, 400, "10*3/uL"),
)
_BMP = (
    measured("2345-7^Glucose", 70, 99, "mg/dL", 0.35),
    measured("3094-0^Urea nitrogen", 7, 20, "mg/dL"),
    measured("2160-0^Creatinine", 0.6, 1.2, "mg/dL"),
    measured("2951-2^Sodium", 136, 145, "mmol/L"),
    measured("2823-3^Potassium", 3.5, 5.1, "mmol/L"),
    measured("2075-0^Chloride", 98, 107, "mmol/L"),
    measured("2028-9^Carbon dioxide", 22, 29, "mmol/L"),
    measured("17861-6^Calcium", 8.5, 10.2, "mg/dL"),
)
_LIVER = (
    measured("1742-6^Alanine aminotransferase", 7, 56, "U/L"),
    measured("1920-8^Aspartate aminotransferase", 10, 40, "U/L"),
    measured("6768-6^Alkaline phosphatase", 44, 147, "U/L"),
    measured("1975-2^Bilirubin total", 0.1, 1.2, "mg/dL"),
    measured("1751-7^Albumin", 3.4, 5.4, "g/dL"),
)
_LIPIDS = (
    measured("2093-3^Cholesterol", 120, 199, "mg/dL", 0.4),
    measured("2571-8^Triglyceride", 40, 149, "mg/dL", 0.3),
    measured("2085-9^Cholesterol in HDL", 40, 60, "mg/dL", 0.3),
    measured("13457-7^Cholesterol in LDL", 50, 129, "mg/dL", 0.3),
)
_URINALYSIS = (
    worded("5778-6^Color of Urine", ("Yellow", "Straw"), ("Amber", "Red"), 0.1),
    worded("5767-9^Appearance of Urine", ("Clear",), ("Cloudy", "Hazy"), 0.25),
    measured("5811-5^Specific gravity of Urine", 1.005, 1.03, "{ratio}", 0.05),
    measured("5803-2^pH of Urine", 5.0, 8.0, "[pH]", 0.05),
    worded("20454-5^Protein in Urine", ("Negative",), ("Trace", "1+", "2+"), 0.2),
    worded("25428-4^Glucose in Urine", ("Negative",), ("1+", "3+"), 0.15),
    worded("5802-4^Nitrite in Urine", ("Negative",), ("Positive",), 0.15),
    worded("5799-2^Leukocyte esterase in Urine", ("Negative",), ("Small", "Moderate \\T\\ rising", "Large"), 0.25),
)
_COAGULATION = (measured("5902-2^Prothrombin time", 11.0, 13.5, "s"), measured("6301-6^INR", 0.9, 1.1, "{INR}", 0.3))
_FLU = (
    coded("85477-8^Influenza virus A RNA", _NOT_DETECTED, _DETECTED, 0.12),
    coded("85478-6^Influenza virus B RNA", _NOT_DETECTED, _DETECTED, 0.06),
    coded("85479-4^Respiratory syncytial virus RNA", _NOT_DETECTED, _DETECTED, 0.06),
)
_GENITAL_PCR = (
    coded("43304-5^Chlamydia trachomatis rRNA", _NOT_DETECTED, _DETECTED, 0.12),
    coded("43305-2^Neisseria gonorrhoeae rRNA", _NOT_DETECTED, _DETECTED, 0.05),
)

PANELS = (
    Panel("58410-2^CBC panel", "HM", "", (20, 90), 20, _CBC),
    Panel("24321-2^Basic metabolic panel", "CH", "", (30, 120), 18, _BMP),
    Panel("24325-3^Hepatic function panel", "CH", "", (40, 180), 6, _LIVER),
    Panel("24331-1^Lipid panel", "CH", "", (60, 300), 8, _LIPIDS, youngest=18),
    Panel("24356-8^Urinalysis panel", "UR", "", (20, 90), 8, _URINALYSIS),
    Panel("34528-0^PT panel", "HM", "", (30, 90), 4, _COAGULATION),
    Panel("4548-4^Hemoglobin A1c", "CH", "", (60, 300), 5, (measured("4548-4^Hemoglobin A1c", 4.0, 5.6, "%", 0.4),)),
    Panel("3016-3^Thyrotropin", "CH", "", (60, 300), 3, (measured("3016-3^Thyrotropin", 0.4, 4.0, "m[IU]/L"),)),
    Panel(
        "10839-9^Troponin I",
        "CH",
        "",
        (20, 60),
        5,
        (measured("10839-9^Troponin I", 0, 0.04, "ng/mL", 0.15),),
        youngest=18,
    ),
    Panel(
        "94500-6^SARS-CoV-2 RNA",
        "MB",
        _SWAB,
        (60, 360),
        6,
        (coded("94500-6^SARS-CoV-2 RNA", _NOT_DETECTED, (*_DETECTED, *_DETECTED, "419984006^Inconclusive"), 0.18),),
    ),
    Panel("85476-0^Influenza A, B and RSV RNA panel", "MB", _SWAB, (60, 360), 4, _FLU),
    Panel("5671-3^Lead in Blood", "TX", _BLOOD, (240, 1_440), 2, (measured("5671-3^Lead", 0, 3.5, "ug/dL", 0.3),)),
    Panel("36902-5^Chlamydia and gonorrhea DNA", "MB", _GENITAL, (240, 1_440), 3, _GENITAL_PCR, youngest=18),
    Panel(
        "22314-9^Hepatitis A virus IgM Ab",
        "SR",
        _SERUM,
        (240, 1_440),
        2,
        (coded("22314-9^Hepatitis A virus IgM Ab", _NON_REACTIVE, _REACTIVE, 0.15),),
    ),
    Panel("630-4^Bacteria identified in Urine by Culture", "MB", _URINE, (300, 900), 5, course=Course.CULTURE),
    Panel("600-7^Bacteria identified in Blood by Culture", "MB", _BLOOD, (400, 1_200), 3, course=Course.CULTURE),
    Panel("625-4^Bacteria identified in Stool by Culture", "MB", _STOOL, (400, 1_200), 2, course=Course.CULTURE),
    Panel("11529-5^Surgical pathology study", "SP", "", (600, 2_000), 2, course=Course.NARRATIVE, youngest=18),
)

ORDERABLE: tuple[Panel, ...] = tuple(panel for panel in PANELS for _ in range(panel.share))
"""Every panel as often as its share says, so that an even choice is a weighted one."""

ORDERABLE_FOR_MINORS: tuple[Panel, ...] = tuple(panel for panel in ORDERABLE if panel.youngest < 18)
