"""Words and codes that are known to name nobody: lists of the standard and of everyday laboratory language."""


def _listed(*texts: str) -> frozenset[str]:
    return frozenset(" ".join(texts).split())


SEXES = frozenset("AFMNOU")
CLASSES = frozenset("BCEINOPRUV")
FLAGS = _listed("A AA B D DET H HH HU HX I IND L LL LU LX MS N ND NEG NR POS R RR S U VS W WR < >")
RESULT_STATUSES = frozenset("BCDFINOPRSUVWX")
ORDER_STATUSES = frozenset("ACFIMNOPRSXYZ")
DISPOSITIONS = frozenset(f"{number:02}" for number in range(1, 50))
DIAGNOSIS_KINDS = frozenset("AFW")
MOVEMENTS = frozenset(f"A{number:02}" for number in range(1, 63))
VALUE_TYPES = _listed(
    "CE CF CNE CWE CX DR DT DTM ED FT ID IS MO NA NM PN RP SN ST TM TN TS TX XAD XCN XON XPN XTN",
)
RACES = frozenset({"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2131-1"})
ETHNICITIES = frozenset({"2135-2", "2186-5", "H", "N", "U"})
STATES = _listed(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH",
    "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU AS MP",
)
SMALL_AREAS = _listed("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893")
"""ZIP codes' first three digits with 20,000 people or fewer (HHS guidance, census of 2000): told as 000."""
WORDS = frozenset(
    {"positive", "negative", "pos", "neg", "detected", "not detected", "none detected", "undetected", "indeterminate"}
    | {"equivocal", "inconclusive", "invalid", "reactive", "nonreactive", "non-reactive", "non reactive"}
    | {"weakly positive", "present", "absent", "normal", "abnormal", "none", "none seen", "trace", "moderate"}
    | {"occasional", "cloudy", "hazy", "turbid", "yellow", "colorless", "susceptible", "intermediate", "resistant"}
    | {"no growth", "normal flora", "pending", "not done", "not performed", "1+", "2+", "3+", "4+", "a", "b", "ab", "o"}
    | {"rh positive", "rh negative", "yes", "no", "unknown", "true", "false"}
)
"""Results in words that are nobody's name. Compared whole, whatever their case; a word more and it stays behind."""
UNITS = _listed(
    "% g/dL g/L mg/dL mg/L ug/dL ug/L ug/mL ng/mL ng/dL ng/L pg/mL pg mmol/L umol/L nmol/L pmol/L mol/L meq/L mEq/L",
    "mEq U/L IU/L mIU/L uIU/mL mIU/mL IU/mL U/mL kU/L fL L mL dL uL g mg ug kg cm mm m s sec min h hr d 10*3/uL",
    "10*6/uL 10*9/L 10*12/L K/uL M/uL /uL /mm3 /HPF /LPF {cells}/uL cells/uL {copies}/mL copies/mL {score} {ratio}",
    "ratio {INR} mm/h mm/hr mm[Hg] mmHg kPa Cel C F [degF] {beats}/min /min bpm mL/min mL/min/{1.73_m2} kg/m2",
    "mL/min/1.73m2 mosm/kg mOsm/kg [pH] pH {titer} titer [CFU]/mL CFU/mL mg/g mg/24h g/24h mmol/mol {index} index",
    "mg/mmol ug/g",
)
