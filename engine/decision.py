"""The pure core: what one message means for its sender, the destinations and the record index.

``decide = finish(plan(message), context)``. No clock, no random, no database, no network inside, so that explaining,
testing and replaying are the same functions with other ends. ``plan`` does all that the message and the rules alone can
tell; ``finish`` adds what the store knows of the patients. Bad data raises nothing: it is noted, parked or quarantined.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from engine.context import Context, Knowledge
from engine.errors import Miss, NotHl7, RuleFailed, Undecodable
from engine.expression import Moment
from engine.grammar import grammar_for
from engine.hl7.ack import AckError
from engine.hl7.batch import several_headers
from engine.hl7.header import Header
from engine.hl7.message import Message
from engine.hl7.timestamps import format_second
from engine.index.asking import Asking
from engine.index.facts import Facts, Origin, facts_of
from engine.index.identity import lane_keys
from engine.index.knowledge_text import knowledge_text
from engine.mapping.identity import new_control_id
from engine.planned import Decision, Output, Plan, Receipt, recalled_context
from engine.quick import quick_value
from engine.reply import Reply
from engine.routing import Listener, Rules
from engine.routing.outputs import Draft, Outputs, Unfinished, outputs_of
from engine.routing.tracing import Tracing
from engine.states import DeliveryState, MessageState
from engine.validation import (
    Checks,
    Inspection,
    Reaction,
    Surroundings,
    Validate,
    ack_errors,
    as_json,
    inspect,
    note_findings,
    structure_findings,
    structure_json,
    told,
)

__all__ = [
    "INVALID",
    "Decision",
    "Output",
    "Plan",
    "Receipt",
    "asking_for",
    "decide",
    "digest_of",
    "drafts_of",
    "failed",
    "finish",
    "moment_of",
    "origin_for",
    "plan",
    "recalled_context",
    "refuse_too_long",
    "reply_to",
]

INVALID = "invalid-message"
"""Why a message is rejected, or its outputs are parked: a route's policy says so of what was found in it."""


def plan(receipt: Receipt, rules: Rules, tracing: Tracing | None = None) -> Plan:
    """Return all that *receipt* means under *rules* before the store is asked; never raises for what it holds.

    Who gives *tracing* finds in it afterwards which rules were asked and what they saw; it changes nothing else.
    """
    reply = reply_to(receipt, rules)
    try:
        message = _read(receipt, rules.listeners[receipt.listener])
    except NotHl7 as error:
        return _quarantined(receipt, rules, reply.saying("AR", AckError(code="100")), error.code)
    except Undecodable as error:
        return _quarantined(receipt, rules, reply.saying("AE", AckError("MSH", 1, 18, code="102")), error.code)
    reply = Reply(message, reply.control_id, reply.made_at, reply.is_enhanced)
    return _judged(receipt, rules, message, reply, tracing)


def finish(planned: Plan, context: Context) -> Decision:
    """Return the decision about a planned message, given what is stored about its patients."""
    if planned.unfinished is not None:
        return _finish_late(planned, planned.unfinished, context)
    return _decided(planned, context)


def _decided(planned: Plan, context: Context) -> Decision:
    keys: tuple[str, ...] = ()
    if planned.drafts and planned.facts is not None:
        keys = lane_keys(planned.facts, context)
    reply = planned.reply
    return Decision(
        planned.state,
        reply.payload,
        reply.code,
        reply.errors,
        planned.control_id,
        planned.message_type,
        tuple([_output(number, draft, keys) for number, draft in enumerate(planned.drafts, 1)]),
        planned.findings,
        planned.reason,
        planned.detail,
        planned.missed,
    )


def _finish_late(planned: Plan, unfinished: Unfinished, context: Context) -> Decision:
    """Make the outputs that need the record index, by the same rules and steps, and decide as if all had been there."""
    known = context.knowledge
    outputs = unfinished.finished(None if known is None else asking_for(planned, known))
    if outputs.refusal is not None:
        refusal = outputs.refusal
        made = replace(
            planned,
            reply=planned.reply.saying("AE", AckError(code=refusal.ack_error)),
            state=MessageState.REJECTED,
            findings=b"",
            reason=refusal.reason,
            detail=f"{refusal.position}: {refusal.detail}",
            missed=outputs.missed,
        )
    else:
        verdict = _verdict(outputs, planned.findings, planned.facts)
        drafts = verdict.drafts if planned.parking is None else _parked(verdict.drafts, planned.parking)
        reason = verdict.reason or planned.reason
        told, missed = (verdict.state, reason, verdict.detail), outputs.missed
        made = replace(planned, state=told[0], reason=told[1], detail=told[2], drafts=drafts, missed=missed)
    charges = tuple(each for draft in made.drafts for each in draft.charges)
    return replace(_decided(made, context), charges=charges, context=None if known is None else knowledge_text(known))


def drafts_of(planned: Plan, known: Knowledge | None) -> tuple[Draft, ...]:
    """Return all outputs of a planned message; one, without bytes, where the index makes the rules refuse it whole."""
    if planned.unfinished is None:
        return planned.drafts
    outputs = planned.unfinished.finished(None if known is None else asking_for(planned, known))
    if (refusal := outputs.refusal) is not None:
        raise RuleFailed(refusal.reason)
    return outputs.drafts if planned.parking is None else _parked(outputs.drafts, planned.parking)


def asking_for(planned: Plan, known: Knowledge) -> Asking:
    """Return what answers the questions of a planned message's rules out of *known*."""
    receipt, message = planned.receipt, planned.message
    if message is None:
        raise TypeError("only a message that was read asks anything")
    return Asking(known, message, origin_for(receipt, planned.rules.listeners[receipt.listener]))


def decide(receipt: Receipt, rules: Rules, context: Context, tracing: Tracing | None = None) -> Decision:
    """Return the decision about one message: `plan`, then `finish`."""
    return finish(plan(receipt, rules, tracing), context)


def failed(receipt: Receipt, rules: Rules) -> Plan:
    """Return the plan for a message on which our own code failed: kept as quarantined, accepted, nothing sent."""
    return _quarantined(receipt, rules, reply_to(receipt, rules), "engine-failed")


def refuse_too_long(header: bytes, receipt: Receipt, rules: Rules) -> bytes | None:
    """Return the AR for a frame of which only *header* was read, None if nothing in it can be answered."""
    source = Header.peek(header)
    if source is None:
        return None
    return replace(reply_to(receipt, rules), source=source).saying("AR", AckError(code="207", text="too long")).payload


def reply_to(receipt: Receipt, rules: Rules) -> Reply:
    """Return an answer to *receipt* that says nothing yet but when, and under which number."""
    return Reply(
        None,
        new_control_id(receipt.listener, receipt.payload, receipt.received_ns, "", 0),
        format_second(receipt.received_ns // 1_000_000_000, rules.zone),
        is_enhanced=rules.listeners[receipt.listener].sender.acknowledge == "enhanced",
    )


def moment_of(receipt: Receipt, rules: Rules) -> Moment:
    """Return the time of receipt in the site's zone: the only clock that rules know."""
    return Moment(datetime.fromtimestamp(receipt.received_ns / 1e9, rules.zone), receipt.received_ns)


def digest_of(source: Message | Header, receipt: Receipt) -> bytes:
    """Return what a resend of *source* shares with it and nothing else does: 16 bytes, or none without MSH-10.

    Listener, MSH-3, MSH-4, MSH-10 and every byte but those of MSH-7, which some senders renew.
    """
    fields = source.fields(0)
    if len(fields) < 11 or not fields[10]:
        return b""
    payload = receipt.payload
    start, end = _place_of_msh7(payload, source.delimiters.field.encode(), len(fields) - 1)
    state = blake2b(f"{receipt.listener}\0".encode(), digest_size=16)
    state.update(payload[:start])
    state.update(payload[end:])
    return state.digest()


def _place_of_msh7(payload: bytes, separator: bytes, count: int) -> tuple[int, int]:
    """Return where MSH-7 begins and ends in a header of *count* parts, (0, 0) where the bytes do not tell.

    In some character sets the second byte of a character looks like the separator: then nothing is left out, because
    to take two messages for one would lose one.
    """
    begin = 0 if payload.startswith(b"MSH") else payload.find(b"MSH")  # blanks or a mark of UTF-8 may stand before
    if begin < 0:
        return 0, 0
    end = payload.find(b"\r", begin)
    end = len(payload) if end < 0 else end
    feed = payload.find(b"\n", begin, end)
    parts = payload[begin : feed if feed >= 0 else end].split(separator)
    if len(parts) != count:
        return 0, 0
    start = begin + sum(map(len, parts[:6])) + 6
    return start, start + len(parts[6])


def _read(receipt: Receipt, listener: Listener) -> Message:
    if not listener.splits_several and several_headers(receipt.payload):
        raise NotHl7("several-headers")
    return Message.parse(receipt.payload, listener.reading)


def _judged(receipt: Receipt, rules: Rules, message: Message, reply: Reply, tracing: Tracing | None) -> Plan:
    listener = rules.listeners[receipt.listener]
    wanted = listener.sender.processing
    if wanted and (processing := message.value("MSH", 11)) and processing not in wanted:
        reply = reply.saying("AR", AckError("MSH", 1, 11, code="202"))
        return _plan(receipt, rules, reply, Verdict(MessageState.REJECTED, "processing-id"))
    moment = moment_of(receipt, rules)
    outputs = outputs_of(message, rules, receipt.listener, moment, tracing)
    checks, inspection = outputs.checks, None
    if not checks.is_plain:
        inspection = inspect(message, checks, Surroundings(moment, rules.tables))
        if inspection.reaction is Reaction.REJECT:
            reply = reply.saying("AE", *ack_errors(inspection.decisive, checks, message))
            return _plan(receipt, rules, reply, _invalid(inspection, outputs.missed))
    if outputs.refusal is not None:
        return _refused(receipt, rules, reply, outputs)
    if not outputs.accepted:
        reply = reply.saying("AR", AckError("MSH", 1, 9, code="201" if _knows_type(message) else "200"))
        return _plan(receipt, rules, reply, Verdict(MessageState.REJECTED, "no-route", missed=outputs.missed))
    findings = _findings(message, checks) if inspection is None else as_json(inspection.found)
    verdict = _accepted(message, outputs, origin_for(receipt, listener), findings)
    parking = inspection if inspection is not None and inspection.reaction is Reaction.PARK else None
    if outputs.unfinished is not None:
        waiting = Verdict(MessageState.ACCEPTED, findings=findings, facts=verdict.facts)
        planned = _plan(receipt, rules, reply, waiting)
        return replace(planned, unfinished=outputs.unfinished, parking=parking)
    if parking is not None:
        verdict = replace(verdict, drafts=_parked(verdict.drafts, parking))
    return _plan(receipt, rules, reply, verdict)


@quick_value
class Verdict:
    """What a message comes to, and why."""

    state: MessageState
    reason: str = ""
    detail: str = ""
    drafts: tuple[Draft, ...] = ()
    findings: bytes = b""
    facts: Facts | None = None
    missed: tuple[Miss, ...] = ()


def _plan(receipt: Receipt, rules: Rules, reply: Reply, verdict: Verdict) -> Plan:
    """Return the plan for a message that could be read; its header names it."""
    message = reply.source
    if not isinstance(message, Message):
        raise TypeError("only a message that was read can be planned")
    event, digest = message.value("MSH", 9, 2), digest_of(message, receipt)
    return Plan(
        receipt,
        rules,
        reply,
        verdict.state,
        message,
        digest,
        verdict.drafts,
        verdict.findings,
        verdict.facts,
        message.value("MSH", 10),
        f"{message.value('MSH', 9)}^{event}" if event else message.value("MSH", 9),
        verdict.reason or ("" if digest else "no-control-id"),
        verdict.detail,
        verdict.missed,
    )


def _refused(receipt: Receipt, rules: Rules, reply: Reply, outputs: Outputs) -> Plan:
    refusal = outputs.refusal
    if refusal is None:
        raise TypeError("nothing was refused")
    reply = reply.saying("AE", AckError(code=refusal.ack_error))
    detail = f"{refusal.position}: {refusal.detail}"
    verdict = Verdict(MessageState.REJECTED, refusal.reason, detail, missed=outputs.missed)
    return _plan(receipt, rules, reply, verdict)


def _invalid(inspection: Inspection, missed: tuple[Miss, ...]) -> Verdict:
    """Return that a message is refused for what was found in it."""
    detail = f"{inspection.position}: {told(inspection.decisive)}"
    return Verdict(MessageState.REJECTED, INVALID, detail, findings=as_json(inspection.found), missed=missed)


def _parked(drafts: tuple[Draft, ...], inspection: Inspection) -> tuple[Draft, ...]:
    """Return *drafts* waiting for a person; what could not be made anyway keeps its own reason."""
    detail = told(inspection.decisive)
    return tuple(
        Draft(
            *(each.destination, each.route, DeliveryState.PARKED),
            lane=each.lane,
            reason=INVALID,
            detail=detail,
            position=inspection.position,
        )
        if each.state is DeliveryState.PENDING
        else each
        for each in drafts
    )


def _accepted(message: Message, outputs: Outputs, origin: Origin, findings: bytes) -> Verdict:
    return _verdict(outputs, findings, facts_of(message, origin))


def _verdict(outputs: Outputs, findings: bytes, facts: Facts | None) -> Verdict:
    if outputs.drafts:
        return Verdict(MessageState.ACCEPTED, "", "", outputs.drafts, findings, facts, outputs.missed)
    reasons = "; ".join(f"{destination}: {reason}" for destination, reason in outputs.skipped)
    return Verdict(
        MessageState.FILTERED, "skipped" if reasons else "no-entry", reasons, (), findings, facts, outputs.missed
    )


def origin_for(receipt: Receipt, listener: Listener) -> Origin:
    """Return where a message came in, and what is known of its sender."""
    sender, received_us = listener.sender, receipt.received_ns // 1_000
    return Origin(listener.name, sender.authority, listener.zone, received_us, sender.updates, sender.results)


def _findings(message: Message, checks: Checks) -> bytes:
    """Return what was odd about reading *message*, and what its structure lacks where a route asks for it."""
    if not message.notes:
        return structure_json(message) if checks.level > Validate.OFF else b""
    structure = structure_findings(message) if checks.level > Validate.OFF else ()
    return as_json([*note_findings(message), *structure])


def _output(number: int, draft: Draft, keys: tuple[str, ...]) -> Output:
    return Output(
        number,
        draft.destination,
        draft.route,
        draft.state,
        draft.payload,
        draft.control_id,
        keys if draft.lane is None else (draft.lane,) if draft.lane else (),
        draft.reason,
        draft.detail,
        draft.position,
        draft.miss,
    )


def _quarantined(receipt: Receipt, rules: Rules, reply: Reply, reason: str) -> Plan:
    header = Header.peek(receipt.payload)
    if header is None or header.name != "MSH":  # the fields of an envelope mean other things
        return Plan(receipt, rules, reply, MessageState.QUARANTINED, reason=reason)
    return Plan(
        receipt,
        rules,
        replace(reply, source=header),
        MessageState.QUARANTINED,
        digest=digest_of(header, receipt),
        control_id=header.value("MSH", 10),
        reason=reason,
    )


def _knows_type(message: Message) -> bool:
    """Tell whether the message's type is known and only its event is not (table 0357: 201, else 200)."""
    grammar = grammar_for(message.value("MSH", 12))
    code, event = message.value("MSH", 9), message.value("MSH", 9, 2)
    known = any(name.startswith(f"{code}_") for name in grammar.structure_names)
    return known and not grammar.structure_name(code, event, "")
