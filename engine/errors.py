"""Every error that this package raises on purpose: a stable code, never a value from a message."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.problems import Place, Problem


class EngineError(Exception):
    """Something a caller can act on; *code* is stable and may be logged, and nothing else is said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Hl7Error(EngineError):
    """The bytes or the text cannot be what the standard's encoding asks for."""


class NotHl7(Hl7Error):  # noqa: N818  it names what the bytes are not
    """There is no usable message header: nothing after it can be trusted."""


class Undecodable(Hl7Error):  # noqa: N818  it names what the bytes are
    """The bytes do not fit the character set that the message declares."""


class UnsafeValue(Hl7Error):  # noqa: N818  it names what the text is
    """A text may not be written into a message: it would change the structure around it."""


class Unencodable(Hl7Error):  # noqa: N818  it names what the text is
    """A character cannot be written in the outgoing character set."""


class InvalidPath(EngineError):  # noqa: N818  it names what the path is
    """A path is begun but cannot be read; *offset* is where, in the text that was scanned."""

    def __init__(self, code: str, offset: int) -> None:
        super().__init__(code)
        self.offset = offset


class InvalidFormat(EngineError):  # noqa: N818  it names what the form is
    """A form for dates cannot be read; *offset* is where, in its text."""

    def __init__(self, code: str, offset: int) -> None:
        super().__init__(code)
        self.offset = offset


class FrameError(EngineError):
    """Bytes that cannot travel in an MLLP frame."""


class PeerError(EngineError):
    """An MLLP peer did not answer as it must; the socket is closed and the same bytes may be sent again.

    Codes: ``refused``, ``unreachable``, ``tls``, ``connect-timeout`` (nothing was sent); ``answer-timeout``,
    ``closed``, ``garbage``, ``extra-bytes``, ``too-big`` (the peer may have it).
    """


class ClientBusy(EngineError):  # noqa: N818  it names what the client is
    """A second exchange was asked of a client that has one in flight: every lane has a client of its own."""


class CouldNotListen(EngineError):  # noqa: N818  it names what happened
    """A listener's address cannot be had; *text* tells an operator what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text

    def __str__(self) -> str:
        return self.text


class TlsUnusable(EngineError):  # noqa: N818  it names what the file is
    """A certificate, key or authority file cannot be used; *text* tells an operator what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text

    def __str__(self) -> str:
        return self.text


class StoreError(EngineError):
    """The store cannot be opened or used; *text* tells an operator what to do, and holds nothing from a message."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text

    def __str__(self) -> str:
        return self.text


class StoreLocked(StoreError):  # noqa: N818  it names what the store is
    """Another process holds the store; *pid* is its number, 0 where it could not be read."""

    def __init__(self, pid: int) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__("store-locked", f"the store is in use by {holder}: stop it first, or ask the running engine")
        self.pid = pid


class StoreTooNew(StoreError):  # noqa: N818  it names what the store is
    """The store was written by a newer engine: its tables are not known here."""

    def __init__(self, revision: str) -> None:
        text = f"the store's revision {revision} is not known here: a newer engine wrote it; start that one"
        super().__init__("store-too-new", text)
        self.revision = revision


class StoreUnwritable(StoreError):  # noqa: N818  it names what the store is
    """The store's folder or file cannot be used: read-only, foreign, or on a file system without safe locks."""


class StorageFailed(StoreError):  # noqa: N818  it names what happened
    """The disk or the store refused; *code* is the database's own name for it, e.g. ``sqlite-ioerr-fsync``."""

    def __init__(self, code: str) -> None:
        super().__init__(code, f"the store failed ({code}): nothing more is written until a restart has read the disk")


class StorageBusy(StoreError):  # noqa: N818  it names what the store is
    """The store cannot take writes just now (full disk, foreign lock): nothing was done, and it may be tried again."""

    def __init__(self, code: str) -> None:
        super().__init__(code, f"the store takes no writes at the moment ({code}): nothing was changed, try again")


class CommitUnknown(StorageFailed):
    """A commit failed in a way that leaves open whether it is on disk: no answer may be given for what was in it."""


class HashMismatch(StoreError):  # noqa: N818  it names what was found
    """A stored payload is not what was written: it is never delivered, and its neighbours are not touched."""

    def __init__(self, message_id: int) -> None:
        super().__init__("hash-mismatch", f"the stored bytes of message {message_id} do not match their hash")
        self.message_id = message_id


class NotPossible(EngineError):  # noqa: N818  it names what the wish is
    """What an operator asked for cannot be done; *text* says why and what to do instead, and holds no value."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text

    def __str__(self) -> str:
        return self.text


class NoEngine(NotPossible):
    """No engine answers for a store; *text* says how far we got."""


class UnknownName(EngineError):  # noqa: N818  it names what the word is
    """A name of a segment, field or component that the version does not have; *name* was written by a person."""

    def __init__(self, name: str, suggestions: tuple[str, ...]) -> None:
        super().__init__("unknown-name")
        self.name = name
        self.suggestions = suggestions


class InvalidExpression(EngineError):  # noqa: N818  it names what the text is
    """An expression cannot be read; *offset* is where, *text* says what is wrong and *hint* what to write."""

    def __init__(self, code: str, offset: int, text: str, hint: str = "") -> None:
        super().__init__(code)
        self.offset = offset
        self.text = text
        self.hint = hint


class Miss(NamedTuple):
    """A code that a message brought and a table does not list."""

    table: str
    code: str
    """A value of the message: stored with it, never logged."""

    def __repr__(self) -> str:
        return f"Miss({self.table!r})"


class RuleFailed(EngineError):  # noqa: N818  it names what happened
    """A rule cannot give its value for this message.

    *detail* may hold a value of the message: it is stored with the message and never logged, and ``str`` gives
    only the code. *place* is filled in by whoever knows it first.
    """

    def __init__(self, code: str, detail: str = "", place: "Place | None" = None, miss: Miss | None = None) -> None:
        super().__init__(code)
        self.detail = detail
        self.place = place
        self.miss = miss
        """The code that no table row knows, where that is why."""

    def at(self, place: "Place") -> "RuleFailed":
        """Return this failure, its place filled in if nobody nearer knew it."""
        if self.place is None:
            self.place = place
        return self


class ConfigurationProblems(EngineError):  # noqa: N818  it names what was found
    """The files of a site cannot be used; *problems* are all of them, warnings included, in order."""

    def __init__(self, problems: "tuple[Problem, ...]") -> None:
        super().__init__("configuration-problems")
        self.problems = problems
