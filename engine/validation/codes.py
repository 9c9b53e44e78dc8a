"""Every code a finding can have, with a sentence each: policies, screens and the reference page read it here."""

from enum import Enum


class Level(Enum):
    """At which point a finding is made."""

    READING = "reading"
    """While the bytes are read; always."""
    STRUCTURE = "structure"
    """``validate: structure`` and stricter."""
    STRICT = "strict"
    """``validate: strict``, and where a profile asks for it."""
    PROFILE = "profile"
    """Where a profile asks for it."""


class Code(Enum):
    """A finding's code: stable, safe to log, the word that a policy names."""

    _value_: str
    level: Level
    error: str
    """The code of table 0357 with which a message is refused for it."""
    sentence: str

    def __new__(cls, word: str, level: Level, error: str, sentence: str) -> "Code":
        """Let the word alone be the member's value, so that ``Code(word)`` finds it."""
        member = object.__new__(cls)
        member._value_ = word
        member.level, member.error, member.sentence = level, error, sentence
        return member

    REQUIRED_MISSING = (
        "required-missing",
        Level.STRUCTURE,
        "101",
        "A required segment or group is missing; under `strict` also a required field.",
    )
    UNKNOWN_STRUCTURE = (
        "unknown-structure",
        Level.STRUCTURE,
        "200",
        "The version has no structure for this type and event.",
    )
    UNKNOWN_SEGMENT = (
        "unknown-segment",
        Level.STRUCTURE,
        "100",
        "The version has no such segment, and it is no Z segment.",
    )
    NOT_IN_STRUCTURE = ("not-in-structure", Level.STRUCTURE, "100", "The structure has no place for the segment.")
    OUT_OF_ORDER = ("out-of-order", Level.STRUCTURE, "100", "The segment stands where the structure does not have it.")
    TOO_MANY = ("too-many", Level.STRUCTURE, "100", "The segment or group comes more often than it may.")

    COMPONENT_MISSING = ("component-missing", Level.STRICT, "101", "A field that is sent lacks a required component.")
    TOO_MANY_REPETITIONS = ("too-many-repetitions", Level.STRICT, "102", "A field repeats more often than it may.")
    WITHDRAWN_USED = ("withdrawn-used", Level.STRICT, "102", "A field or component is sent that the version withdrew.")
    BAD_FORMAT = ("bad-format", Level.STRICT, "102", "A number, date or time is not written as its data type asks.")
    PARTS_IN_PRIMITIVE = (
        "parts-in-primitive",
        Level.STRICT,
        "102",
        "A delimiter stands in a value that has no components, or no subcomponents.",
    )
    EXTRA_COMPONENTS = ("extra-components", Level.STRICT, "102", "The data type has fewer components than are sent.")
    EXTRA_FIELDS = ("extra-fields", Level.STRICT, "102", "The segment has fewer fields than are sent.")
    BAD_TABLE_VALUE = ("bad-table-value", Level.STRICT, "103", "A code is not among those that may stand there.")
    TOO_LONG = (
        "too-long",
        Level.STRICT,
        "104",
        "A value is longer than it may be (the standard's lengths: up to 2.6).",
    )
    CONDITION_REQUIRED = (
        "condition-required",
        Level.STRICT,
        "101",
        "Something is missing that is required because of what stands elsewhere.",
    )

    MUST_BE_EMPTY = ("must-be-empty", Level.PROFILE, "102", "Something is sent that the profile does not support here.")
    TOO_FEW_REPETITIONS = (
        "too-few-repetitions",
        Level.PROFILE,
        "101",
        "A field or segment comes less often than the profile asks.",
    )
    TOO_SHORT = ("too-short", Level.PROFILE, "102", "A value is shorter than the profile asks.")
    WRONG_VALUE = ("wrong-value", Level.PROFILE, "103", "Another text stands where the profile fixes one.")
    NO_MATCH = ("no-match", Level.PROFILE, "102", "A value is not written as the profile's pattern asks.")
    RULE_FAILED = ("rule-failed", Level.PROFILE, "207", "A condition of a profile could not be answered.")
    MORE_FINDINGS = ("more-findings", Level.STRICT, "207", "There are more findings than are kept.")

    BLANK_SEGMENT = ("blank-segment", Level.READING, "100", "A line without anything in it was left out.")
    BYTE_ORDER_MARK = ("byte-order-mark", Level.READING, "102", "The text begins with a byte order mark.")
    CHARSET_UNDECLARED = (
        "charset-undeclared",
        Level.READING,
        "102",
        "Bytes beyond ASCII, and MSH-18 does not say how to read them.",
    )
    CHARSET_NOT_ASCII = ("charset-not-ascii", Level.READING, "102", "Bytes beyond ASCII, though MSH-18 says ASCII.")
    CHARSET_IS_UTF8 = ("charset-is-utf8", Level.READING, "102", "UTF-8, though MSH-18 says otherwise.")
    CHARSET_IS_CP1252 = ("charset-is-cp1252", Level.READING, "102", "Windows-1252, though MSH-18 says otherwise.")
    CHARSET_GUESSED = ("charset-guessed", Level.READING, "102", "No character set fitted; the bytes were kept.")
    CHARSET_NONSTANDARD_NAME = (
        "nonstandard-charset-name",
        Level.READING,
        "102",
        "MSH-18 names a character set by a name that table 0211 does not have.",
    )
    CONTINUATION_LINE = (
        "continuation-line",
        Level.READING,
        "100",
        "A line without a segment's name was joined to the one before it.",
    )
    CHARSET_UNKNOWN = ("unknown-charset", Level.READING, "103", "MSH-18 names a character set that nobody knows.")
    CHARSET_WITHOUT_MARK = (
        "charset-without-mark",
        Level.READING,
        "102",
        "MSH-18 says UTF-16 or UTF-32, and no byte order mark says which.",
    )
    LEADING_BLANKS = ("leading-blanks", Level.READING, "100", "Blanks stood before a segment's name.")
    LEADING_WHITESPACE = ("leading-whitespace", Level.READING, "100", "Blanks or line ends stood before MSH.")
    LF_TERMINATED = ("lf-terminated", Level.READING, "100", "Segments end with LF instead of CR.")
    MIXED_TERMINATORS = ("mixed-terminators", Level.READING, "100", "Some segments end with CR LF, others with CR.")
    MSH2_REPAIRED = ("msh2-repaired", Level.READING, "102", "MSH-2 repeats a character; the first new ones were taken.")
    UTF16_WITHOUT_MARK = ("utf16-without-mark", Level.READING, "102", "UTF-16 without a byte order mark.")


CODES = {each.value: each for each in Code}
"""The codes by the words that policies and findings use."""
