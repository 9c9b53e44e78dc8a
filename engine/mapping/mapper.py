"""Runs a mapping on a message: one output, or one for each occurrence of what it splits by. Pure."""

from engine.errors import Hl7Error, RuleFailed
from engine.expression import CompiledPath, Env, WholeMessage
from engine.hl7.builder import Builder
from engine.mapping.copied_turn import CopiedTurn
from engine.mapping.empty_turn import EmptyTurn
from engine.mapping.groups import Groups
from engine.mapping.header import begin_copied, begin_empty, control_id_of, renew_control_id
from engine.mapping.job import Built, Failed, Job, Outcome, Skipped
from engine.mapping.model import Mapping
from engine.mapping.output import Output, Start
from engine.mapping.run import Run, Skip
from engine.mapping.splitting import leave_out_others
from engine.mapping.turns import Turn
from engine.mapping.whole_output import WholeOutput
from engine.mapping.writing import encoded

MOST_BYTES = 32 * 1024 * 1024


def build(mapping: Mapping | None, job: Job) -> list[Outcome]:
    """Return what *mapping* makes of the job's message, in order; without a mapping the received bytes."""
    if mapping is None:
        return [_unchanged(job)]
    split = mapping.output.split
    if split is None:
        return [_build_one(mapping, job, job.ordinal, None)]
    return _build_split(mapping, job, split)


def _unchanged(job: Job) -> Outcome:
    message, target = job.message, job.destination.target
    if not job.ordinal and target.delimiters is None and target.codec is None:
        return Built(message.payload, control_id_of(message))
    try:
        builder = Builder.copying(message)
        if job.ordinal:
            renew_control_id(builder, job, job.ordinal)
        return Built(encoded(builder, target), control_id_of(builder))
    except Hl7Error as error:
        return Failed(error.code, "", None)


def _build_split(mapping: Mapping, job: Job, split: CompiledPath) -> list[Outcome]:
    """Run the steps once per occurrence; each message is a copy of its own, with its own MSH-10."""
    groups = job.groups = job.groups or Groups(job.message)
    try:
        env = _new_env(job)
        occurrences = split.every_segment(env, job.message, env.scope)
    except RuleFailed as failure:
        return [_failed(failure, mapping)]
    if not occurrences:
        reason = f"the message has no {split.path.text}"
        return [Skipped(reason, split.place, "no-occurrence")]
    whole = WholeMessage(job.message)
    turn, outcomes = Turn(job.message, groups, whole), list[Outcome]()
    ordinal = job.ordinal
    for position in occurrences:
        turn.begin((position, 0, 0))
        if job.trace is not None:
            job.trace.begin_output(len(outcomes))
            job.trace.enter(split.path.text, split.place, 0, (position, 0, 0))
        outcome = _build_one(mapping, job, ordinal, turn)
        outcomes.append(outcome)
        # What is skipped takes no number, so that numbers are the same whoever counts the outputs.
        ordinal += not isinstance(outcome, Skipped)
    return outcomes


def _build_one(mapping: Mapping, job: Job, ordinal: int, turn: Turn | None) -> Outcome:
    run: Run | None = None
    if job.index is not None:
        job.index.begin()
    try:
        run = _begin(mapping, job, turn)
        if ordinal or turn is not None or mapping.output.start is Start.EMPTY:
            renew_control_id(run.output.builder, job, ordinal)
        if job.trace is not None:
            job.trace.mark(mapping.place, "begin", "MSH", run.output.builder.segments[0])
        mapping.steps.run(run)
        payload = encoded(run.output.builder, job.destination.target)
    except RuleFailed as failure:
        failed = _failed(failure, mapping, run)
        if job.trace is not None:
            job.trace.mark(failed.place or mapping.place, "failed", failure.code, "")
        return failed
    except Skip as skip:
        return Skipped(skip.reason, skip.place)
    except Hl7Error as error:
        # What may not be written, or not in the destination's character set: this output fails, nothing else.
        return Failed(error.code, "", (run.place if run else None) or mapping.place)
    if len(payload) > MOST_BYTES:
        return Failed("too-big", "the output is larger than 32 MiB", mapping.place)
    charges = () if job.index is None else job.index.taken()
    return Built(payload, control_id_of(run.output.builder), charges)


def _failed(failure: RuleFailed, mapping: Mapping, run: Run | None = None) -> Failed:
    place = failure.place or (run.place if run else None) or mapping.place
    return Failed(failure.code, failure.detail, place, failure.miss)


def _new_env(job: Job) -> Env:
    message = job.message
    return Env(
        message=message,
        moment=job.moment,
        scope=WholeMessage(message),
        tables=job.tables,
        destination=job.destination.name,
        trace=job.trace.conditions if job.trace else None,
        missed=job.missed,
        index=job.index,
    )


def _begin(mapping: Mapping, job: Job, turn: Turn | None) -> Run:
    """Return the run with its MSH written and, for a split, with the other instances left out."""
    message, spec = job.message, mapping.output
    groups = job.groups = job.groups or Groups(message)
    env = _new_env(job)
    if spec.start is Start.COPY or spec.message is None:
        builder = Builder.copying(message)
        begin_copied(builder, job, spec.message, spec.version)
    else:
        builder = Builder.empty(message)
        begin_empty(builder, job, spec.message, spec.version)
    env.out = builder
    output = Output(builder, spec.start)
    structured = groups if spec.message is None else spec
    run = Run(message, groups, output, env)
    run.structured = structured
    run.trace = job.trace
    whole = WholeOutput(output, structured)
    if turn is None:
        run.enter(whole)
        return run
    env.scope = turn
    if spec.start is Start.COPY:
        leave_out_others(output, turn)
        run.enter(CopiedTurn(output, whole, turn))
    else:
        run.enter(EmptyTurn(output, whole, turn))
    return run
