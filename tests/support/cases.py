"""Small sites whose route has cases, for the tests of the workbench."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.sites import write_site

CONFIG = """\
site: test
time_zone: America/New_York
listeners: {adt: {mllp: 127.0.0.1:2575, sender: {processing: [P]}}}
destinations: {billing: {mllp: 127.0.0.1:2601}, registry: {mllp: 127.0.0.1:2602, encoding: ^~\\&#}}
tables: {classes: {file: classes.csv}}
"""
MAPPING = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID]
  - copy: [PV1]
  - set: {PV1-2: "=translate('classes', PV1-2)"}
"""
ROUTE = """\
route: adt
from: adt
accept: MSH-9.1 == 'ADT'
validate: structure
to:
  billing:
    - when: MSH-9.2 == 'A01'
      map: bar
    - when: MSH-9.2 == 'A03'
      map: bar
  registry:
    when: MSH-9.2 == 'A01' and PID-11.4 == 'NC'
"""
ADMISSION = """\
MSH|^~\\&|ADT|STM|ENGINE|STM|20260115110000-0500||ADT^A01^ADT_A01|M1|P|2.5.1
EVN||20260115110000-0500
PID|1||4711^^^STM^MR~12^^^STM^PI||Doe^Jane~Roe^J||19800229|F|||1 A St^^Town^NC
PV1|1|I
"""


def site_with_cases(folder: Path, cases: str = "", files: Mapping[str, str] | None = None) -> Path:
    """Write a site whose route has *cases*, and *files* besides or instead of its own; return its folder."""
    written = {
        "config.yaml": CONFIG,
        "classes.csv": "from,to\nI,INP\n",
        "mappings/bar.yaml": MAPPING,
        "routes/adt.yaml": ROUTE + cases,
        "admission.hl7": ADMISSION,
    }
    write_site(folder, written | dict(files or {}))
    return folder
