"""Sites of a size that real hospitals have: many routes, mappings and tables, each a little different."""

from pathlib import Path

from tests.support.sites import write_site

_CONFIG_HEAD = "site: large\ntime_zone: America/New_York\nstore: sqlite:///var/engine.db\n"
_STEPS = """\
  - copy: [EVN, PID, PV1]
  - set:
      MSH-3: ENGINE
      PID-2: ''
      PV1-2: =translate('{table}', PV1-2)
      PID-11.4: =upper(PID-11.4)
  - when: PID-8 == 'F' and PV1-2 in ['I', 'O', 'E'] or EVN-1 == 'A08'
    set: {{PID-16: '=if(PID-16 == "", "U", PID-16)'}}
  - for each: DG1[6 == 'F' or 6 == 'A']
    do:
      - append: DG1
        set:
          DG1-1: =counter()
          DG1-3: =DG1-3
          DG1-6: F
  - when: PID-3.1 == '' or PID-5.1 matches '^TEST'
    skip: a test patient
  - for each: IN1
    do:
      - append: IN1
        set:
          IN1-1: =counter()
          IN1-2: =IN1-2
          IN1-3: =IN1-3.1
          IN1-36: =trim(IN1-36)
"""
_CASE = """\
cases:
  - case: an admission to ward {number} is sent
    message: |
      MSH|^~\\&|HIS|STMARY|||20260115||ADT^A01^ADT_A01|M{number}|P|2.5.1
      PID|1||4711^^^STMARY||DOE^JANE||19690203|F
      PV1|1|I|W{number}
    expect:
      ack: AA
      {destination}: {{PV1-2: INP, MSH-3: ENGINE}}
"""


def large_site(folder: Path, routes: int = 500, mappings: int = 200, listeners: int = 25) -> Path:
    """Write a site of so many routes (each with a case), mappings, and a tenth as many tables and destinations."""
    tables, destinations = max(1, mappings // 10), max(1, routes // 10)
    ports = "".join(f"  in-{each}: {{mllp: 127.0.0.1:0}}\n" for each in range(listeners))
    lanes = "".join(f"  out-{each}: {{mllp: 127.0.0.1:{20_000 + each}, lanes: 4}}\n" for each in range(destinations))
    codes = "".join(
        f"  codes-{each}: {{file: mappings/tables/codes-{each}.csv, unknown: keep}}\n" for each in range(tables)
    )
    files = {"config.yaml": f"{_CONFIG_HEAD}listeners:\n{ports}destinations:\n{lanes}tables:\n{codes}"}
    for each in range(tables):
        rows = "".join(f"C{row},D{row}-{each}\n" for row in range(500))
        files[f"mappings/tables/codes-{each}.csv"] = f"from,to\nI,INP\n{rows}"
    for each in range(mappings):
        head = f"mapping: map-{each}\noutput: {{start: empty, message: ADT^A01^ADT_A01, version: 2.5.1}}\nsteps:\n"
        files[f"mappings/map-{each}.yaml"] = head + _STEPS.format(table=f"codes-{each % tables}")
    for each in range(routes):
        files[f"routes/route-{each:04}.yaml"] = route_text(each, each % listeners, each % destinations, each % mappings)
    return write_site(folder, files)


def route_text(number: int, listener: int, destination: int, mapping: int) -> str:
    """Return one route: it takes the admissions of one ward."""
    name = f"out-{destination}"
    return (
        f"route: route-{number}\nfrom: in-{listener}\n"
        f"accept: MSH-9.1 == 'ADT' and PV1-3.1 == 'W{number}'\n"
        f"to:\n  {name}:\n    when: EVN-1 != 'A99' and not (PID-5.1 matches '^ZZ')\n    map: map-{mapping}\n"
        + _CASE.format(number=number, destination=name)
    )
