"""Names that people write become numbers, and a wrong one is answered with those that are near."""

import pytest

from engine.errors import UnknownName
from engine.grammar import grammar_for

GRAMMAR = grammar_for("2.5.1")


@pytest.mark.parametrize(
    ("segment", "name", "number"),
    [
        ("PID", "patient_name", 5),
        ("PID", "PATIENT_NAME", 5),
        ("PID", "pid_5", 5),
        ("MSH", "message_type", 9),
        ("OBX", "performing_organization_name", 23),
        ("OBX", "observation_value", 5),
    ],
)
def test_a_field_is_found_by_its_name_in_any_case(segment: str, name: str, number: int) -> None:
    """The names are hl7apy's; where it gives one to two fields, the living one has it."""
    assert GRAMMAR.field_number(segment, name) == number


def test_a_component_is_found_by_its_name() -> None:
    """PID.patient_name.family_name is PID-5.1."""
    field = GRAMMAR.segment("PID")

    assert field is not None
    assert GRAMMAR.component_number(field.fields[5].datatype, "family_name") == 1
    assert GRAMMAR.component_number("CX", "cx_4") == 4


def test_an_unknown_field_is_answered_with_similar_names() -> None:
    """The analyst sees what was meant."""
    with pytest.raises(UnknownName) as raised:
        GRAMMAR.field_number("PID", "patient_nam")

    assert raised.value.suggestions[0] == "patient_name"


def test_an_unknown_segment_or_type_is_an_unknown_name() -> None:
    """Not a KeyError from the depths."""
    with pytest.raises(UnknownName):
        GRAMMAR.field_number("PIX", "patient_name")
    with pytest.raises(UnknownName):
        GRAMMAR.component_number("XYZ", "family_name")
    with pytest.raises(UnknownName):
        GRAMMAR.component_number("ST", "family_name")


def test_the_same_name_may_have_another_number_in_another_version() -> None:
    """That is why names are resolved by the version of the output."""
    assert grammar_for("2.3").field_number("DG1", "diagnosis_code") == 3
    with pytest.raises(UnknownName):
        grammar_for("2.3").field_number("DG1", "diagnosis_code_dg1")


def test_definitions_say_type_cardinality_and_table() -> None:
    """What a later validation needs is there."""
    segment = GRAMMAR.segment("PID")
    assert segment is not None

    identifiers, sex = segment.fields[3], segment.fields[8]

    assert (identifiers.name, identifiers.datatype, identifiers.min, identifiers.max) == ("PID_3", "CX", 1, -1)
    assert (sex.long_name, sex.table) == ("administrative_sex", "HL70001")
    assert GRAMMAR.table("HL70001") == {"A", "F", "M", "N", "O", "U"}


def test_what_the_version_does_not_have_is_none_or_empty() -> None:
    """Callers need no exception for a Z segment."""
    assert GRAMMAR.segment("ZPI") is None
    assert GRAMMAR.datatype("XYZ") is None
    assert GRAMMAR.structure("ADT_A99") is None
    assert GRAMMAR.table("HL79999") == frozenset()


def test_a_primitive_type_has_no_components() -> None:
    """ST is a type, though nothing stands inside it."""
    primitive = GRAMMAR.datatype("ST")

    assert primitive is not None
    assert primitive.components == {}
