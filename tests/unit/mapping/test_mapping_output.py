"""The output's serial numbers: which segment stands for which."""

from engine.hl7.builder import Builder
from engine.mapping.output import Output, Start
from tests.support.mappings import message_of

MESSAGE = message_of("MSH|^~\\&|A|B|||1||ADT^A01|1|P|2.5.1", "PID|1", "PV1|1", "DG1|1")


def test_a_copied_segment_is_found_after_others_were_put_before_it() -> None:
    """Loops walk the message that came, whatever has been added to the one being built."""
    output = Output(Builder.copying(MESSAGE), Start.COPY)

    output.insert(1, "EVN|A01")
    output.insert(3, "NK1|1")

    assert [output.where(serial) for serial in range(4)] == [0, 2, 4, 5]


def test_a_deleted_segment_stands_nowhere() -> None:
    """What was taken away cannot be written to, and the others have moved up."""
    output = Output(Builder.copying(MESSAGE), Start.COPY)

    output.remove([1, 2])

    assert [output.where(serial) for serial in range(4)] == [0, -1, -1, 1]


def test_looking_back_after_looking_forward_finds_the_segment() -> None:
    """The hint that keeps loops linear is only a hint."""
    output = Output(Builder.copying(MESSAGE), Start.COPY)
    output.insert(0, "ZZZ")
    assert output.where(3) == 4

    assert output.where(1) == 2


def test_an_output_that_began_empty_has_nothing_that_came() -> None:
    """Its MSH and everything else was added."""
    builder = Builder.empty(MESSAGE)
    builder.append_segment("MSH|^~\\&")
    output = Output(builder, Start.EMPTY)

    output.copy([1])

    assert not output.copied
    assert output.serials == [0, 1]
    assert output.next_serial == 2
