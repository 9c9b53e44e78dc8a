"""Cultures and narrative reports: results that are more than one value each."""

from engine.journeys.dice import Dice
from engine.journeys.observations import Observation

ORGANISMS = {
    "630-4": ("112283007^Escherichia coli", "112283007^Escherichia coli", "56415008^Klebsiella pneumoniae"),
    "600-7": ("3092008^Staphylococcus aureus", "112283007^Escherichia coli", "9861002^Streptococcus pneumoniae"),
    "625-4": ("27268008^Genus Salmonella", "77352002^Genus Shigella", "116457002^Campylobacter jejuni"),
}
"""By the culture's LOINC code, in SNOMED CT. Public health asks for those from stool and the pneumococcus."""

_POSITIVE_SHARE = 0.4
_DRUGS = (
    ("28-1^Ampicillin MIC", ("<=^2^^", ">^16^^")),
    ("185-9^Ciprofloxacin MIC", ("<=^0.25^^", ">^2^^")),
    ("141-2^Ceftriaxone MIC", ("<=^1^^", ">^32^^")),
    ("516-5^Trimethoprim+Sulfamethoxazole MIC", ("<=^2^-^38", ">^2^-^38")),
)
_PLAIN = "|||N|||"


def growing(code: str) -> list[Observation]:
    """Return what is known while the culture *code* (OBX-3) is in the incubator."""
    return [Observation(f"|ST|{code}^LN|1|", "Culture in progress", _PLAIN)]


def grown(dice: Dice, code: str) -> list[Observation]:
    """Return the final result: an organism, or none."""
    if not dice.chance(_POSITIVE_SHARE):
        return [Observation(f"|CE|{code}^LN|1|", "264868006^No growth^SCT", _PLAIN)]
    organism = dice.pick(ORGANISMS[code.partition("^")[0]])
    return [Observation(f"|CE|{code}^LN|1|", f"{organism}^SCT", "|||A|||")]


def susceptibilities(dice: Dice) -> list[Observation]:
    """Return how an organism answers to drugs, as structured numbers."""
    found = []
    for code, (weak, strong) in _DRUGS:
        resistant = dice.chance(0.25)
        value = (strong if resistant else weak).rstrip("^")
        found.append(Observation(f"|SN|{code}^LN||", value, f"|ug/mL^^UCUM||{'R' if resistant else 'S'}|||"))
    return found


_GROSS = (
    "Received in formalin, labelled with two identifiers:\\.br\\one tan fragment, 4 x 3 x 2 mm. Entirely embedded.",
    "Received fresh:\\.br\\skin ellipse 12 x 6 mm, margins inked blue \\T\\ black. Representative sections.",
)
_DIAGNOSIS = (
    "Benign tissue. No malignancy seen.",
    "Tubular adenoma, completely excised.\\.br\\Margins clear (0\\F\\3 involved).",
    "Seborrheic keratosis, irritated.",
)


def narrative(dice: Dice) -> list[Observation]:
    """Return a pathologist's report: gross description and final diagnosis, line breaks escaped."""
    return [
        Observation("|TX|22634-0^Pathology report gross observation^LN||", dice.pick(_GROSS), "||||||"),
        Observation("|TX|22637-3^Pathology report final diagnosis^LN||", dice.pick(_DIAGNOSIS), "||||||"),
    ]
