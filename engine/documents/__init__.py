"""YAML as people meant it: every scalar is text, everything knows its place, and nothing is silently damaged."""

from engine.documents.nodes import Entries, Items, Node, Scalar, kind_of
from engine.documents.parse import decode_document, read_document
from engine.documents.reader import Reader, report_comment

__all__ = [
    "Entries",
    "Items",
    "Node",
    "Reader",
    "Scalar",
    "decode_document",
    "kind_of",
    "read_document",
    "report_comment",
]
