"""One site of all that sections 1 to 3 of the language name: it loads without a problem, and its case holds."""

from pathlib import Path

from engine.workbench.check import read_site
from engine.workbench.trials import run_cases

CONFIG = """\
site: st-mary
time_zone: America/New_York                # a comment behind a plain value is harmless
store: sqlite:///var/engine.db
listeners:
  admissions:
    mllp: 127.0.0.1:2575
    sender: {authority: STMARY, processing: [P]}
  lab:
    mllp: "127.0.0.1:2576"
    time_zone: America/Chicago
    sender: {authority: LAB, charset: cp1252, updates: delta, results: delta, acknowledge: original}
    tls:
      certificate: tls/lab.pem
      key: tls/lab.key
      client_ca: tls/lab-ca.pem
    allow: [10.1.0.0/16]
destinations:
  billing:
    mllp: 127.0.0.1:2601
    lanes: 4                               # default 1
    lane_by: PID-18.1
    header: {MSH-5: BILLING, MSH-6: FIN}
    timeout: 10s
    retry: {first: 1s, longest: 5m}
  registry:
    mllp: 127.0.0.1:2602
    encoding: ^~\\&#
    charset: UNICODE UTF-8
tables:
  patient-class: {file: mappings/tables/patient-class.csv, unknown: keep}
  charge-master: {file: mappings/tables/charge-master.csv, unknown: error}
  ward: {file: mappings/tables/patient-class.csv, unknown: {default: OTHER}}
routes: routes/*.yaml
mappings: [mappings/*.yaml]
"""
ADMISSIONS = """\
route: admissions
from: [admissions, lab]
accept: >-
  MSH-9.1 == 'ADT'
  and MSH-9 != 'ADT^A28'
validate: structure
to:
  billing:
    - when: MSH-9.2 in ['A01', 'A04']
      map: account
    - when: exists(PR1)
      map: procedures
      on_failure: hold
  registry:
    when: PID-11.4 == 'NC'
    map: minimum
    on_failure: park
cases:
  - case: an admission with a procedure opens an account and charges it
    message: messages/admission.hl7
    expect:
      ack: AA
      findings: none
      billing:
        - {MSH-9: BAR^P01^BAR_P01, MSH-5: BILLING, PID-5: DOE^JANE, PV1-2: INP, PV1-45: {absent: true}}
        - {MSH-9: DFT^P03^DFT_P03, 'FT1[*]-7': CHOLE, FT1-19: J18.9~I10, 'FT1[*]-1': {matches: '^1$'}}
      registry: not sent
"""
ACCOUNT = """\
mapping: account
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
  - set:
      EVN-1: P01
      PID-5: =upper(PID-5)
      PV1-2: =translate('patient-class', PV1-2)
"""
PROCEDURES = """\
mapping: procedures
output: {message: DFT^P03^DFT_P03, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
  - for each: PR1
    when: PR1-3.3 == 'C4'
    do:
      - append: FT1
        set:
          FT1-1: =counter()
          FT1-4: =coalesce(PR1-5, PV1-44)
          FT1-6: CG
          FT1-7: =translate('charge-master', PR1-3.1, PR1-5)
          FT1-19: =DG1[*]-3.1
  - copy: [DG1, GT1, IN1, IN2, IN3]
"""
MINIMUM = """\
mapping: minimum
output: {start: copy}
steps:
  - let: {mrn: =digits(PID-3.1)}
  - when: mrn == ''
    skip: ='no number in ' + MSH-10
  - delete: [NK1, "Z*", "DG1[6 == 'A']", PID-19]
  - set:
      PID-13[*].1: =digits(value)
      PID-*: =coalesce(value, '')
      PID.patient_name.family_name: =title(PID.patient_name.family_name)
      PV1-3.1: =translate('ward', PV1-3.1)
      PID-9: =null
  - number: [DG1]
"""
MESSAGE = """\
MSH|^~\\&|REG|STMARY|||20260115110000-0500||ADT^A01^ADT_A01|M1|P|2.5.1
EVN|A01|20260115110000-0500
PID|1||100^^^STMARY^MR||Doe^Jane||19800229|F|||1 Main^^Boston^MA
PV1|1|I|3N^301^A
DG1|1||J18.9^Pneumonia^I10|||A
DG1|2||I10^Hypertension^I10|||F
PR1|1||47562^Chole^C4||20260115
PR1|2||99999^Other^XX||20260115
"""
FILES = {
    "config.yaml": CONFIG,
    "routes/admissions.yaml": ADMISSIONS,
    "mappings/account.yaml": ACCOUNT,
    "mappings/procedures.yaml": PROCEDURES,
    "mappings/minimum.yaml": MINIMUM,
    "mappings/tables/patient-class.csv": "from,to\nI,INP\nO,OUT\n",
    "mappings/tables/charge-master.csv": "from,to,display,effective_from,effective_to\n47562,CHOLE,,20250101,\n",
    "messages/admission.hl7": MESSAGE,
    "tls/lab.pem": "read when the engine starts\n",
    "tls/lab.key": "read when the engine starts\n",
    "tls/lab-ca.pem": "read when the engine starts\n",
}


def test_a_site_of_every_kind_has_no_problem_and_its_case_holds(tmp_path: Path) -> None:
    """What the language's pages show in pieces works as one site."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    site = read_site(tmp_path)

    assert [str(problem) for problem in site.report.problems] == []
    assert site.settings is not None
    results = run_cases(site.cases, site.settings.rules, ()).results
    assert [(each.case.name, each.passed) for each in results] == [
        ("an admission with a procedure opens an account and charges it", True)
    ]
