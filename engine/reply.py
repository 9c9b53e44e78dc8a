"""What the sender of a message is told: the code for its acknowledgement mode, the errors, the answer's bytes.

Original mode (AA, AE, AR) unless the listener says ``enhanced`` and the message asks for an accept acknowledgement in
MSH-15 (HL7 chapter 2, table 0155): then CA, CE, CR, or nothing, on the same connection. What MSH-15 does not want to
hear but MSH-16 does is answered in plain codes on the same connection too: there is no other one back.
"""

from dataclasses import field, replace

from engine.hl7.ack import AckError, AckPlan, build_ack, minimal_ack
from engine.hl7.header import Header
from engine.hl7.message import Message
from engine.quick import quick_value

_ENHANCED = {"AA": "CA", "AE": "CE", "AR": "CR"}
_SILENT = {"NE": frozenset({"AA", "AE", "AR"}), "ER": frozenset({"AA"}), "SU": frozenset({"AE", "AR"})}
"""Table 0155: which outcomes MSH-15 does not want to hear of."""
_WANTED = {"AL": frozenset({"AA", "AE", "AR"}), "ER": frozenset({"AE", "AR"}), "SU": frozenset({"AA"})}
"""Table 0155: of which outcomes MSH-16 wants an application acknowledgement."""


@quick_value
class Reply:
    """An answer: its meaning, and all that is needed to build it."""

    source: Message | Header | None = field(repr=False)
    """What is answered; None: nothing in it could be echoed."""
    control_id: str
    """MSH-10 of the answer itself."""
    made_at: str
    """MSH-7 of the answer: the time of receipt."""
    is_enhanced: bool = False
    code: str = "AA"
    """AA, AE or AR, whatever the mode."""
    errors: tuple[AckError, ...] = ()

    @property
    def payload(self) -> bytes:
        """The answer's bytes; empty: the sender does not want to hear it."""
        code = self.code
        if self.is_enhanced and self.source is not None:
            wish = self.source.value("MSH", 15)
            if wish and code not in _SILENT.get(wish, ()):
                code = _ENHANCED[code]
            elif wish and code not in _WANTED.get(self.source.value("MSH", 16), ()):
                return b""
        plan = AckPlan(code, self.errors, self.control_id, self.made_at)
        return minimal_ack(plan) if self.source is None else build_ack(self.source, plan)

    def saying(self, code: str, *errors: AckError) -> "Reply":
        """Return the same answer with another meaning."""
        return replace(self, code=code, errors=errors)
