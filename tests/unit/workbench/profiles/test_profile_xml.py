"""XML is read so that a hostile file can do nothing: each known attack is refused, and told."""

import tracemalloc

import pytest

from engine.errors import NotPossible
from engine.workbench.profiles import import_profile, xml
from engine.workbench.profiles.xml import read_xml

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BILLION_LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><x>&a9;</x>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"A" * 100_000}">]><x>{"&a;" * 10_000}</x>'
XXE_FILE = '<!DOCTYPE x [<!ENTITY secret SYSTEM "{}">]><x>&secret;</x>'
XXE_PARAMETER = '<!DOCTYPE x [<!ENTITY % out SYSTEM "http://127.0.0.1:1/x.dtd"> %out;]><x/>'
EXTERNAL_DTD = '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>'


@pytest.mark.parametrize("document", [BILLION_LAUGHS, QUADRATIC, XXE_PARAMETER, EXTERNAL_DTD])
def test_a_document_type_is_refused_before_anything_grows_or_is_fetched(document: str) -> None:
    """Entities can only be declared in a document type; it ends the reading at once, in little memory."""
    tracemalloc.start()

    with pytest.raises(NotPossible) as refused:
        read_xml(document.encode())

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.code == "xml-doctype"
    assert most < 10 * len(document) + 1_000_000


def test_no_file_is_read_through_an_entity(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither its content nor its name reaches the message."""
    secret = tmp_path_factory.mktemp("xxe") / "secret.txt"
    secret.write_text("CANARY", "utf-8")

    with pytest.raises(NotPossible) as refused:
        import_profile(XXE_FILE.format(secret.as_uri()).encode(), "x")

    assert refused.value.code == "xml-doctype"
    assert "CANARY" not in refused.value.text


def test_an_entity_that_nobody_declared_is_no_xml() -> None:
    """Without declarations only the five entities of XML itself are there."""
    with pytest.raises(NotPossible) as refused:
        read_xml(b"<x>&secret;</x>")

    assert refused.value.code == "not-xml"
    assert read_xml(b"<x a='&lt;&amp;'>&gt;</x>").text == ">"


@pytest.mark.parametrize("content", [b"", b"MSH|^~\\&|", b"<x>", b"<x></y>", b"\x00\x01", b"<x a=1/>"])
def test_what_is_no_xml_is_told_with_its_place(content: bytes) -> None:
    """A person finds the line."""
    with pytest.raises(NotPossible) as refused:
        read_xml(content)

    assert refused.value.code == "not-xml"


def test_deep_and_large_documents_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand levels would end Python; a file without end would end the machine."""
    with pytest.raises(NotPossible) as deep:
        read_xml(b"<x>" * 1000 + b"</x>" * 1000)
    monkeypatch.setattr(xml, "MOST_BYTES", 10)
    with pytest.raises(NotPossible) as large:
        read_xml(b"<x>1234567890</x>")

    assert {deep.value.code, large.value.code} == {"xml-too-large"}


def test_every_encoding_of_xml_is_read() -> None:
    """UTF-8 with a mark, UTF-16 and Latin-1, as files come."""
    for encoding, declared in (("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("latin-1", "iso-8859-1")):
        content = f'<?xml version="1.0" encoding="{declared}"?><x a="Müller"/>'.encode(encoding)

        assert read_xml(content).get("a") == "Müller"
