"""Random sites for tests of explaining: routes put together by chance over mappings of every kind, in memory."""

from pathlib import Path

from hypothesis import strategies as st

from engine.config.recalled import recall
from engine.routing import Rules

CONFIG = """
site: chance
time_zone: America/New_York
listeners:
  door:
    mllp: 127.0.0.1:2575
    sender: {authority: HERE%s}
destinations:
  one: {mllp: 127.0.0.1:2601}
  two: {mllp: 127.0.0.1:2602, header: {MSH-5: TWO}, lane_by: PV1-19}
  three: {mllp: 127.0.0.1:2603, lane_by: "date(PID-7, 'YYYY')"}
tables:
  codes: {file: codes.csv}
  kept: {file: kept.csv, unknown: keep}
"""
TABLE = "from,to,display,effective_from,effective_to\nI,IN,Inpatient,,\nO,OUT,Outpatient,20200101,\n"
MAPPINGS = {
    "plain": """
output: {start: copy}
steps:
  - set: {PID-5.1: =upper(PID-5.1), PV1-2: "=translate('kept', PV1-2)", NK1-2: =PID-5}
""",
    "coded": """
output: {start: copy}
steps:
  - set: {PV1-2: "=translate('codes', PV1-2)", PV1-18: "=lookup('codes', PV1-2, 'display')"}
    when: exists(PV1-2)
""",
    "fresh": """
output: {message: DFT^P03^DFT_P03, version: 2.5.1, start: empty}
steps:
  - copy: [PID, "Z*"]
  - let: {name: =PID-5.1, adult: "=if(PID-8 == 'F', 'A', 'B')"}
  - for each: OBX
    when: OBX-5 != ''
    do:
      - append: FT1
        set: {FT1-1: =counter(), FT1-7: =OBX-3, FT1-8: =name, FT1-9: =adult}
  - skip: nothing to charge
    when: not exists(out.FT1)
""",
    "parted": """
output: {start: copy, split: OBX}
steps:
  - fail: ="no " + OBX-3.1
    when: OBX-5 == 'A'
  - skip: =OBX-3
    when: OBX-5 == ''
  - set: {OBX-1: "1", PID-7: "=date(PID-7, 'YYYYMMDD')"}
""",
    "looped": """
output: {start: copy}
steps:
  - for each: PID-3
    do:
      - delete: [PID-3]
        when: PID-3.5 == 'SS'
      - set: {PID-3.4: HERE}
        when: PID-3.5 == 'MR' or PID-3.5 == ''
  - for each: OBX
    do:
      - when: OBX-5 in ['A', 'B']
        do:
          - set: {OBX-11: F}
        else:
          - for each: OBX-5
            do:
              - set: {OBX-5.1: =lower(OBX-5.1)}
  - number: [OBX]
  - delete: ["Z*", NK1]
""",
}
LEAVES = (
    "MSH-9.1 == 'ADT'",
    "MSH-9.2 in ['A01', 'R01']",
    "PV1-2 == 'I'",
    "PID-5.1 != 'A'",
    "exists(PID-7)",
    "exists(OBX[3.1 == 'A' and 5 != ''])",
    "OBX[*]-5 == 'A'",
    "not exists(ZPI)",
    "count(OBX) > 1",
    "listed('codes', PV1-2)",
    "translate('codes', PV1-2) == 'IN'",
    "translate('kept', PV1-2) in ['IN', 'X']",
    "date(PID-7, 'YYYY') == '1980'",
    "years_between(PID-7, received_at()) >= 18",
    "PID-3[5 == 'MR'].1 matches '^[0-9]+$'",
    "if(PID-8 == 'F', PV1-2 == 'I', exists(PID-5))",
    "PID-8 == PV1-2",
    "(PID-8 == 'F') == (PV1-2 == 'I')",
    "true",
)
conditions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=5,
)
entries = st.tuples(
    st.sampled_from(("one", "two", "three")),
    st.none() | conditions,
    st.sampled_from(tuple(MAPPINGS)) | st.just(""),
    st.sampled_from(("park", "park", "hold", "refuse")),
)
routes = st.tuples(
    st.none() | conditions, st.sampled_from(("off", "structure")), st.lists(entries, min_size=1, max_size=4)
)
sites = st.tuples(st.sampled_from(("", ", processing: [P]")), st.lists(routes, min_size=1, max_size=3))
Chance = tuple[str, list[tuple[str | None, str, list[tuple[str, str | None, str, str]]]]]


def rules_of(site: Chance) -> Rules:
    """Return the rules that chance has written, read as any others."""
    processing, written = site
    texts = {"config.yaml": CONFIG % processing, "codes.csv": TABLE, "kept.csv": TABLE}
    texts |= {f"mappings/{name}.yaml": f"mapping: {name}{text}" for name, text in MAPPINGS.items()}
    for number, route in enumerate(written):
        texts[f"routes/{number}.yaml"] = _route(number, route)
    found = recall(texts, Path("/nowhere/config.yaml"), {})
    assert found is not None
    assert not found.problems.errors, [str(each) for each in found.problems.items]
    return found.rules


def _route(number: int, route: tuple[str | None, str, list[tuple[str, str | None, str, str]]]) -> str:
    accept, validate, written = route
    lines = [f"route: r{number}", "from: door", f"validate: {validate}"]
    lines += [f"accept: >-\n  {accept}"] if accept else []
    lines.append("to:")
    for destination in dict.fromkeys(each[0] for each in written):
        lines.append(f"  {destination}:")
        lines += [_entry(each) for each in written if each[0] == destination]
    return "\n".join(lines) + "\n"


def _entry(entry: tuple[str, str | None, str, str]) -> str:
    destination, when, mapping, on_failure = entry
    lines = [f"    - on_failure: {on_failure}"]
    lines += [f"      when: >-\n        {when}"] if when else []
    mapping = mapping or ("plain" if destination == "two" else "")  # with a header there must be a mapping
    return "\n".join([*lines, *([f"      map: {mapping}"] if mapping else [])])


leaves = st.sampled_from(("", "", "A", "B", "I", "O", "F", "1980", "19800101", "nonsense", '""', "é", "1^A&B~2"))
bodies = st.tuples(
    st.sampled_from(("ADT^A01^ADT_A01", "ADT^A08", "ORU^R01^ORU_R01", "ZZZ")),
    st.sampled_from(("P", "P", "T", "")),
    st.sampled_from(("1", "MSG7", "")),
    st.tuples(leaves, leaves, leaves, leaves),
    st.sampled_from(("", "1^^^HERE^MR", "x^^^^SS~22^^^^MR", "1~2~3")),
    st.lists(st.tuples(leaves, leaves), max_size=3),
    st.sampled_from(("", "ZPI|x\r", "NK1|1\r", "OBR|1\r")),
)
Body = tuple[str, str, str, tuple[str, str, str, str], str, list[tuple[str, str]], str]


def payload_of(body: Body) -> bytes:
    """Return the message that chance has written."""
    kind, processing, control_id, (name, born, sex, patient_class), identifiers, results, more = body
    header = f"MSH|^~\\&|A|B|C|D|20260301||{kind}|{control_id}|{processing}|2.5.1||||||UNICODE UTF-8"
    lines = [header, f"PID|1||{identifiers}||{name}||{born}|{sex}", f"PV1|1|{patient_class}"]
    lines += [f"OBX|{number}|ST|{code}||{value}" for number, (code, value) in enumerate(results, 1)]
    return ("\r".join(lines) + "\r" + more).encode()


_read = bodies.map(payload_of)
payloads = st.one_of(*[_read] * 9, st.sampled_from((b"PID|1\r", b"MSH|^~\\&|\xff\xfe\r", b"")))
