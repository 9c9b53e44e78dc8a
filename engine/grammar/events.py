"""HL7 table 0354 as data: which message structure an event uses. hl7apy has the structures, but not this map."""

from collections.abc import Container, Mapping
from typing import Final

# structure -> (message code, its events, structures of versions that lack the first one, nearest first)
_STRUCTURES: Final = (
    ("ADT_A01", "A01 A04 A08 A13", ""),
    ("ADT_A05", "A05 A14 A28 A31", "ADT_A01"),
    ("ADT_A06", "A06 A07", ""),
    ("ADT_A09", "A09 A10 A11", ""),
    ("ADT_A12", "A12", "ADT_A09"),
    ("ADT_A15", "A15", "ADT_A09"),
    ("ADT_A18", "A18", "ADT_A39"),
    ("ADT_A21", "A21 A22 A23 A25 A26 A27 A29 A32 A33", "ADT_A09"),
    ("ADT_A30", "A30 A34 A35 A36 A46 A48", "ADT_A39"),
    ("ADT_A30", "A47", "ADT_A44 ADT_A39"),
    ("ADT_A30", "A49", "ADT_A43 ADT_A39"),
    ("ADT_A37", "A37", "ADT_A24"),
    ("ADT_A39", "A39 A40 A41 A42", ""),
    ("ADT_A44", "A44", "ADT_A43"),
    ("ADT_A50", "A50 A51", ""),
    ("ADT_A52", "A52 A53", "ADT_A21 ADT_A09"),
    ("ADT_A54", "A54 A55", "ADT_A52 ADT_A09"),
    ("ADT_A60", "A60", "ADT_A05 ADT_A01"),
    ("ADT_A61", "A61 A62", "ADT_A54 ADT_A09"),
    ("BAR_P05", "P05", "BAR_P01"),
    ("CCR_I16", "I16 I17 I18", ""),
    ("CRM_C01", "C01 C02 C03 C04 C05 C06 C07 C08", ""),
    ("CSU_C09", "C09 C10 C11 C12", ""),
    ("LSU_U12", "U12 U13", ""),
    ("MDM_T01", "T01 T03 T05 T07 T09 T11", ""),
    ("MDM_T02", "T02 T04 T06 T08 T10", ""),
    ("MFK_M01", "M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15", ""),
    ("MFQ_M01", "M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14", ""),
    ("MFR_M01", "M01 M02 M03 M07 M08 M09 M10 M11 M12 M13 M14", ""),
    ("MFN_M01", "M14", "MFN_Znn"),
    ("OML_O21", "O21", "ORM_O01"),
    ("ORM_O01", "O01", ""),
    ("ORU_R01", "R01 W01", ""),
    ("ORU_R03", "R03", "ORU_R01"),
    ("ORU_R30", "R30 R31 R32", "ORU_R01"),
    ("OSQ_Q06", "Q06", ""),
    ("PEX_P07", "P07 P08", ""),
    ("PGL_PC6", "PC6 PC7 PC8", ""),
    ("PMU_B01", "B01 B02", ""),
    ("PMU_B04", "B04 B05 B06", ""),
    ("PPG_PCG", "PCG PCH PCJ", ""),
    ("PPP_PCB", "PCB PCC PCD", ""),
    ("PPR_PC1", "PC1 PC2 PC3", ""),
    ("PPT_PCL", "PCL", ""),
    ("PPV_PCA", "PCA", ""),
    ("PRR_PC5", "PC5", ""),
    ("PTR_PCF", "PCF", ""),
    ("QBP_Q11", "Q11", "QBP_Q21"),
    ("QBP_Q21", "Q21 Q22 Q23 Q24 Q25 Q31 Q32", "QBP_Q11"),
    ("QCN_J01", "J01 J02", ""),
    ("QRY_PC4", "PC4 PC9 PCE PCK", ""),
    ("QRY_A19", "A19", "QRY"),
    ("QRY_Q01", "Q01 Q26 Q27 Q28 Q29 Q30", "QRY"),
    ("RDE_O01", "O01", "RDE_O11"),
    ("RDE_O11", "O11 O25", "RDE_O01"),
    ("REF_I12", "I12 I13 I14 I15", ""),
    ("RPA_I08", "I08 I09 I10 I11", ""),
    ("RQA_I08", "I08 I09 I10 I11", ""),
    ("RQC_I05", "I05 I06", ""),
    ("RQI_I01", "I01 I02 I03", ""),
    ("RRE_O12", "O12 O26", ""),
    ("RRI_I12", "I12 I13 I14 I15", ""),
    ("RSP_K21", "K21 K24", "RSP_K23 RSP_K11"),
    ("RSP_K22", "K22", "RSP_K21 RSP_K11"),
    ("RSP_K23", "K23", "RSP_K21 RSP_K11"),
    ("SIU_S12", "S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26 S27", ""),
    ("SRM_S01", "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11", ""),
    ("SRR_S01", "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11", ""),
)

_WITHOUT_EVENT: Final[Mapping[str, str]] = {"ORM": "ORM_O01", "ORU": "ORU_R01", "VXU": "VXU_V04"}
"""Codes that old senders write alone, and that can mean one structure only."""

_OWN_STRUCTURE_PER_EVENT: Final = ("2.1", "2.2")
"""Table 0354 begins later: here an event names its own structure first."""

_EXCEPTIONS: Final[Mapping[tuple[str, str], str]] = {
    (version, "ADT_A55"): "ADT_A52" for version in ("2.4", "2.5", "2.5.1")
}
"""A55 moved to the structure of A54 with 2.6."""


def _by_event() -> Mapping[str, tuple[str, ...]]:
    return {
        f"{structure[:3]}_{event}": (structure, *others.split())
        for structure, events, others in _STRUCTURES
        for event in events.split()
    }


_BY_EVENT: Final = _by_event()


def structure_of_event(version: str, code: str, event: str, known: Container[str]) -> str:
    """Return the name of the first structure in *known* that messages of *code* and *event* have; ``""`` if none."""
    own = f"{code}_{event}" if event and code != "ACK" else _WITHOUT_EVENT.get(code, code)
    mapped = _BY_EVENT.get(own, ())
    exception = _EXCEPTIONS.get((version, own))
    if exception is not None:
        candidates: tuple[str, ...] = (exception,)
    elif version in _OWN_STRUCTURE_PER_EVENT:
        candidates = (own, *mapped)
    else:
        candidates = (*mapped[:1], own, *mapped[1:])
    return next((name for name in candidates if name in known), "")
