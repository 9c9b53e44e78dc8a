"""The outcome of cases as JUnit XML, which build servers show; a suite for each file, a test case for each case."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree import ElementTree as Xml

from engine.problems import Problem
from engine.workbench.judging import Difference
from engine.workbench.trials import Result

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Timed:
    """A result, and how long it took to come to it."""

    result: Result
    seconds: float


def junit_of_cases(timed: Sequence[Timed]) -> bytes:
    """Return the file for cases that were run."""
    root = Xml.Element("testsuites", name="engine test")
    for file, members in groupby(timed, lambda each: each.result.case.place.file):
        _add_suite(root, file, list(members))
    failed = sum(1 for each in timed if not each.result.passed)
    _count(root, len(timed), failed, 0, sum(each.seconds for each in timed))
    return _written(root)


def junit_of_problems(problems: Sequence[Problem]) -> bytes:
    """Return the file for a site whose problems kept every case from running: one error."""
    root = Xml.Element("testsuites", name="engine test")
    suite = Xml.SubElement(root, "testsuite", name="engine check")
    case = Xml.SubElement(suite, "testcase", classname="engine check", name="the files of the site", time="0")
    text = "\n".join(map(str, problems))
    error = Xml.SubElement(case, "error", message=f"{len(problems)} problems: no case was run", type="problems")
    error.text = _clean(text)
    for each in (root, suite):
        _count(each, 1, 0, 1, 0)
    return _written(root)


def _add_suite(root: Xml.Element, file: str, members: Sequence[Timed]) -> None:
    suite = Xml.SubElement(root, "testsuite", name=file)
    failed = sum(1 for each in members if not each.result.passed)
    _count(suite, len(members), failed, 0, sum(each.seconds for each in members))
    for each in members:
        case = each.result.case
        time, name = f"{each.seconds:.6f}", _clean(case.name)
        found = Xml.SubElement(suite, "testcase", classname=_clean(case.owner), name=name, time=time)
        if not each.result.passed:
            first = each.result.differences[0]
            more = f" (and {len(each.result.differences) - 1} more)" if len(each.result.differences) > 1 else ""
            message = f"{first.what}: expected {first.expected}, found {first.found}{more}"
            failure = Xml.SubElement(found, "failure", message=_clean(message), type="difference")
            failure.text = _clean("\n".join(map(_told, each.result.differences)))


def _count(element: Xml.Element, tests: int, failures: int, errors: int, seconds: float) -> None:
    counted = {"tests": tests, "failures": failures, "errors": errors}
    element.attrib |= {name: str(count) for name, count in counted.items()} | {"time": f"{seconds:.6f}"}


def _told(each: Difference) -> str:
    return f"{each.place}: {each.what}\n  expected {each.expected}\n  found    {each.found}"


def _clean(text: str) -> str:
    """Return *text* without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _written(root: Xml.Element) -> bytes:
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
