"""The detail rows (diagnoses, procedures, insurance) that raw segments stand for. Pure."""

from engine.index.wire import component, field

Row = tuple[object, ...]


def diagnosis_rows(encounter_id: int, raw: str, message_id: int) -> list[Row]:
    """Return the rows of a visit's DG1."""
    return [
        (
            encounter_id,
            number,
            *_coded(field(fields, 3)),
            component(field(fields, 6), 1),
            component(field(fields, 15), 1),
            message_id,
        )
        for number, fields in _split(raw)
    ]


def procedure_rows(encounter_id: int, raw: str, message_id: int) -> list[Row]:
    """Return the rows of a visit's PR1."""
    return [
        (encounter_id, number, *_coded(field(fields, 3)), component(field(fields, 5), 1), message_id)
        for number, fields in _split(raw)
    ]


def coverage_rows(patient_id: int, encounter_id: int, raw: str, message_id: int) -> list[Row]:
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
            message_id,
        )
        for number, fields in _split(insured)
    ]


def allergy_rows(patient_id: int, raw: str, brought_by: str) -> list[Row]:
    """Return the rows of a person's AL1 and IAM."""
    rows: list[Row] = []
    for (number, fields), message_id in zip(_split(raw), brought_by.split(), strict=True):
        since, status = (11, 17) if fields[0] == "IAM" else (6, 0)
        said = [component(field(fields, at), 1) for at in (4, 5, since)]
        state = component(field(fields, status), 1) if status else ""
        kind = component(field(fields, 2), 1)
        rows.append((patient_id, number, kind, *_coded(field(fields, 3)), *said, state, int(message_id)))
    return rows


def _split(raw: str) -> list[tuple[int, list[str]]]:
    return list(enumerate((segment.split("|") for segment in raw.split("\r")), 1)) if raw else []


def _coded(raw: str) -> tuple[str, str, str]:
    """Return code, system and name of a coded field."""
    return component(raw, 1), component(raw, 3), component(raw, 2)
