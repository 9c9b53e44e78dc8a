"""Corrections to hl7apy 1.3.5's tables, as data with a reason each; ``tables.py`` applies them.

A test proves that every entry still finds the fault it corrects, so that an update of hl7apy shows which may go.
"""

from dataclasses import dataclass
from typing import Final

_SINCE_2_7: Final = ("2.7", "2.8", "2.8.1", "2.8.2")
_SINCE_2_8: Final = ("2.8", "2.8.1", "2.8.2")


@dataclass(frozen=True, slots=True)
class ElementFix:
    """Says anew what the tables say wrongly of a field or component; one that they lack is added."""

    versions: tuple[str, ...]
    element: str
    reason: str
    datatype: str | None = None
    long_name: str | None = None
    table: str | None = None
    cardinality: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Holes:
    """Fields missing between others. They were withdrawn: the later ones keep their numbers."""

    versions: tuple[str, ...]
    segment: str
    numbers: tuple[int, ...]
    reason: str = "withdrawn fields left out of the tables: a value there is old, not unknown"


@dataclass(frozen=True, slots=True)
class SegmentShape:
    """Segments whose entry has not the usual shape."""

    versions: tuple[str, ...]
    segments: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ClosedGroup:
    """A group that certain segments do not begin, though the tables would let them."""

    group: str
    segments: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class ToldApart:
    """A group that *segment* begins only where *sign* follows directly; else the segment belongs elsewhere."""

    group: str
    segment: str
    sign: str
    reason: str


@dataclass(frozen=True, slots=True)
class BorrowedStructures:
    """Structures that other versions read by the tables of *source*."""

    versions: tuple[str, ...]
    structures: tuple[str, ...]
    source: str
    reason: str


ELEMENTS: Final = (
    ElementFix(("2.1",), "TS_2", "marked required, so that every date would be wrong", cardinality=(0, 1)),
    ElementFix(
        ("2.1",),
        "RX1_30",
        "the entry has one value too many: type and name are shifted",
        long_name="instructions_sig",
        table="",
    ),
    ElementFix(
        ("2.1", "2.2", "2.3", "2.3.1", "2.4"),
        "TS_1",
        "typed ST, though it holds a time: DTM, as from 2.5 on, lets it be checked",
        datatype="DTM",
    ),
    ElementFix(("2.3",), "OBR_27", "printed as required, which 2.3.1 took back: nobody sends it", cardinality=(0, 1)),
    ElementFix(("2.3",), "ORC_7", "printed as required, which 2.3.1 took back: nobody sends it", cardinality=(0, 1)),
    ElementFix(("2.5",), "CER_26", "blanks inside the name", long_name="inactivation_date"),
    ElementFix(("2.5",), "DB1_3", "blanks inside the name", long_name="disabled_person_identifier"),
    ElementFix(("2.5.1",), "MSA_5", "withdrawn, and left without its type", datatype="ID"),
    ElementFix(
        ("2.5.1",),
        "OBX_20",
        "no type, and OBX-23's name: the place was kept for 2.6, whose name and type these are",
        datatype="CWE",
        long_name="observation_site",
    ),
    ElementFix(
        ("2.5.1",),
        "OBX_21",
        "no type, and OBX-24's name: the place was kept for 2.6, whose name and type these are",
        datatype="EI",
        long_name="observation_instance_identifier",
    ),
    ElementFix(
        ("2.5.1",),
        "OBX_22",
        "no type, and OBX-25's name: the place was kept for 2.6, whose name and type these are",
        datatype="CNE",
        long_name="mood_code",
    ),
    ElementFix(("2.6",), "PR1_8", "type written 'wd'", datatype="WD"),
    ElementFix(
        ("2.7",),
        "PD1_4",
        "a blank inside the name: nobody could write it",
        long_name="patient_primary_care_provider_name_id_no",
    ),
    ElementFix(
        ("2.6",),
        "XTN_1",
        "withdrawn component left out: without it every later one moves",
        datatype="ST",
        long_name="telephone_number",
        table="",
        cardinality=(0, 0),
    ),
)

HOLES: Final = (
    Holes(("2.6", *_SINCE_2_8), "DG1", (7, 8, 9, 10, 11, 12, 13, 14)),
    Holes(("2.6", *_SINCE_2_8), "FT1", (8, 9)),
    Holes(("2.6", "2.7"), "PR1", (11, 12)),
    Holes(_SINCE_2_7, "PV1", (52,)),
    Holes(("2.7",), "SCH", (11,)),
    Holes(_SINCE_2_8, "ERR", (1,)),
    Holes(_SINCE_2_8, "EVN", (1,)),
    Holes(_SINCE_2_8, "GOL", (15,)),
    Holes(_SINCE_2_8, "IN1", (38, 40, 41)),
    Holes(_SINCE_2_8, "INV", (14,)),
    Holes(_SINCE_2_8, "OBR", (14, 15, 27)),
    Holes(_SINCE_2_8, "PID", (28,)),
    Holes(_SINCE_2_8, "RXA", (11,)),
    Holes(_SINCE_2_8, "RXD", (13,)),
    Holes(_SINCE_2_8, "RXG", (11,)),
    Holes(_SINCE_2_8, "SCH", (9, 11)),
)

BARE_SEGMENTS: Final = (SegmentShape(("2.1",), ("ORO",), "the fields stand without the word 'sequence' before them"),)

EMPTY_SEGMENTS: Final = (
    SegmentShape(_SINCE_2_7, ("QRD", "QRF", "URD", "URS"), "withdrawn segments without any field: known, nothing more"),
)

NO_CHOICE: Final = (
    "EHC_E01_INVOICE_INFORMATION",
    "EHC_E01_INVOICE_INFORMATION_SUBMIT",
    "EHC_E02_INVOICE_INFORMATION",
    "EHC_E02_INVOICE_INFORMATION_CANCEL",
    "EHC_E04_REASSESSMENT_REQUEST_INFO",
    "EHC_E15_PAYMENT_REMITTANCE_HEADER_INFO",
    "EHC_E20_AUTHORIZATION_REQUEST",
    "EHC_E21_AUTHORIZATION_REQUEST",
    "EHC_E24_AUTHORIZATION_RESPONSE_INFO",
    "QBP_E03_QUERY_INFORMATION",
    "QBP_E22_QUERY",
    "RSP_E03_QUERY_ACK",
    "RSP_E03_QUERY_ACK_IPR",
    "RSP_E22_QUERY_ACK",
    "SDR_S31_ANTI_MICROBIAL_DEVICE_DATA",
    "SDR_S32_ANTI_MICROBIAL_DEVICE_CYCLE_DATA",
)
"""Groups that the tables call a choice and the standard prints as a sequence: their segments come together."""

CLOSED_GROUPS: Final = (
    ClosedGroup(
        "PRIOR_RESULT",
        frozenset({"ORC", "OBR", "NTE", "OBX"}),
        "ambiguous in the standard: an ORC after an order is the next order, no prior result without its patient",
    ),
)

TOLD_APART: Final = (
    ToldApart(
        "ORDER_DOCUMENT",
        "OBX",
        "TXA",
        "from 2.8 on the first result behind ORC would be taken for a document: only TXA makes it one",
    ),
)

BORROWED_STRUCTURES: Final = (
    BorrowedStructures(_SINCE_2_7, ("ORM_O01", "ORR_O02"), "2.6", "withdrawn with 2.7, and sent for years after it"),
)

WITHOUT_COMPONENT_TABLES: Final = ("2.6", *_SINCE_2_7)
COMPONENT_TABLES_FROM: Final = "2.5.1"
"""From 2.6 on the tables name no code table for any component: taken from this version where name and type agree."""
