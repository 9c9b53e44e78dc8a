"""The detail rows (diagnoses, procedures, insurance) that raw segments stand for. Pure."""

from engine.index.wire import component, field

Row = tuple[object, ...]


def diagnosis_rows(encounter_id: int, raw: str) -> list[Row]:
    """Return the rows of a visit's DG1."""
    return [
        (
            encounter_id,
            number,
            *_coded(field(fields, 3)),
            component(field(fields, 6), 1),
            component(field(fields, 15), 1),
        )
        for number, fields in _split(raw)
    ]


def procedure_rows(encounter_id: int, raw: str) -> list[Row]:
    """Return the rows of a visit's PR1."""
    return [
        (encounter_id, number, *_coded(field(fields, 3)), component(field(fields, 5), 1))
        for number, fields in _split(raw)
    ]


def coverage_rows(patient_id: int, encounter_id: int, raw: str) -> list[Row]:
    """Return the rows of the IN1 of a visit or, with visit 0, of a person; IN2 and IN3 stay raw."""
    insured = "\r".join(segment for segment in raw.split("\r") if segment.startswith("IN1"))
    return [
        (
            patient_id,
            encounter_id,
            number,
            component(field(fields, 2), 1),
            component(field(fields, 3), 1),
            component(field(fields, 4), 1),
            component(field(fields, 36), 1),
            component(field(fields, 8), 1),
            component(field(fields, 12), 1),
            component(field(fields, 13), 1),
        )
        for number, fields in _split(insured)
    ]


def _split(raw: str) -> list[tuple[int, list[str]]]:
    return list(enumerate((segment.split("|") for segment in raw.split("\r")), 1)) if raw else []


def _coded(raw: str) -> tuple[str, str, str]:
    """Return code, system and name of a coded field."""
    return component(raw, 1), component(raw, 3), component(raw, 2)
