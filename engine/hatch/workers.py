"""A site's functions in Python, and the few processes that run them: started when first needed, ended with the rules.

They belong to the rules that named them. A reload brings new ones with the new texts; the old ones end when the last
message that was planned with the old rules is done.
"""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from queue import LifoQueue

import structlog

from engine.errors import RuleFailed
from engine.hatch.worker import Crashed, TooLate, Worker
from engine.mapping.library import Signature

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call may cost."""

    seconds: float = 2.0
    processes: int = 2


class Workers:
    """Reaches the functions of *texts* (module -> text). A call blocks its thread until it is answered, or too late."""

    def __init__(self, texts: Mapping[str, str], modules: Mapping[str, Mapping[str, Signature]], terms: Terms) -> None:
        self._texts, self._modules, self._terms = texts, modules, terms
        self._idle: LifoQueue[Worker | None] = LifoQueue()
        """A place for every process; None where it has not been started. Last in, first out: few are used if few do."""
        for _ in range(terms.processes):
            self._idle.put(None)
        self._running: set[Worker] = set()
        weakref.finalize(self, _end_all, self._running)

    @property
    def modules(self) -> Mapping[str, Mapping[str, Signature]]:
        """Return module -> function -> what it may be given."""
        return self._modules

    def call(self, name: str, arguments: Mapping[str, str], /) -> Mapping[str, str]:
        """Return what ``module:function`` gives; raise RuleFailed where it gives nothing usable in time."""
        worker, usable = self._idle.get(), False
        try:
            if worker is None or not worker.is_alive:
                self._put_down(worker)
                worker = Worker(self._texts, self._terms.seconds)
                self._running.add(worker)
            answer = worker.ask(name, arguments)
            usable = True
        except TooLate:
            log.warning("python.worker_ended", function=name, reason="timeout")
            raise RuleFailed("python-timeout", f"{name} gave no answer within {self._terms.seconds:g} s") from None
        except (Crashed, OSError):
            log.warning("python.worker_ended", function=name, reason="crashed")
            raise RuleFailed("python-crashed", f"the process that runs {name} ended") from None
        finally:
            if not usable:
                self._put_down(worker)
            self._idle.put(worker if usable else None)
        return _given(name, answer)

    def close(self) -> None:
        """End the processes that run; the next call starts a new one."""
        _end_all(self._running)

    def _put_down(self, worker: Worker | None) -> None:
        if worker is not None:
            self._running.discard(worker)
            worker.end()


def _given(name: str, answer: Mapping[str, object]) -> Mapping[str, str]:
    match answer:
        case {"gives": dict() as gives}:
            return gives
        case {"raised": [str() as kind, int() as line]}:
            where = f" at line {line}" if line else ""
            raise RuleFailed("python-raised", f"{name} failed{where}: {kind}")
        case _:
            raise RuleFailed("python-crashed", f"{name} gave no answer that can be read")


def _end_all(running: set[Worker]) -> None:
    while running:
        running.pop().end()
