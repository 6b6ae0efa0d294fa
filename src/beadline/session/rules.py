"""Rules that notice what a person should look at, each told once when it begins and once when it is over."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from beadline.status import Alert

log = logging.getLogger("beadline.alerts")


class Rule(Protocol):
    """Looks at something once a second."""

    name: str

    def look(self) -> str:
        """Return what is wrong and what to do, in the same words as long as it is the same; empty when all is well."""
        ...


class Sink(Protocol):
    """Where alerts go: the log, a screen, a telephone."""

    def tell(self, alert: Alert) -> None:
        """Take an alert that begins, or that is over."""
        ...


class LogSink:
    """Writes alerts into the log, and so into the log of the open run."""

    def tell(self, alert: Alert) -> None:
        if alert.over:
            log.warning("over: %s", alert.sentence)
        else:
            log.warning("%s", alert.sentence)


class Rules:
    """Looks at rules, and tells sinks; a rule or sink that fails stops no other."""

    def __init__(
        self,
        rules: Sequence[Rule],
        sinks: Sequence[Sink],
        wall_clock: Callable[[], float] = time.time,  # noqa: TID251 - a label for people, not a deadline
    ) -> None:
        """Begin with nothing wrong.

        Args:
            rules: to look at; add further ones.
            sinks: to tell; add further ones.
            wall_clock: returns Unix time [s].
        """
        self.rules = list(rules)
        self.sinks = list(sinks)
        self._wall_clock = wall_clock
        self._active: dict[str, Alert] = {}
        self._looking = threading.Lock()

    @property
    def alerts(self) -> list[Alert]:
        """What lasts now."""
        return list(self._active.copy().values())

    def look(self) -> None:
        """Look at each rule once; what a rule has told that is there no more is over."""
        with self._looking:
            self._look_at(list(self.rules))

    def _look_at(self, rules: Sequence[Rule]) -> None:
        for gone in set(self._active) - {rule.name for rule in rules}:
            self._follow(gone, "")
        for rule in rules:
            try:
                sentence = rule.look()
            except Exception as error:  # noqa: BLE001 - a rule that cannot look says so, and the others go on
                sentence = f"{rule.name} cannot be told: {error}"
            self._follow(rule.name, sentence)

    def _follow(self, name: str, sentence: str) -> None:
        was, now_s = self._active.get(name), self._wall_clock()
        if was is not None and was.sentence != sentence:
            del self._active[name]
            self._tell(Alert(name, was.sentence, was.since_s, over=True))
        if sentence and name not in self._active:
            self._active[name] = Alert(name, sentence, now_s)
            self._tell(self._active[name])

    def _tell(self, alert: Alert) -> None:
        for sink in list(self.sinks):
            try:
                sink.tell(alert)
            except Exception as error:
                log.warning("an alert could not be told: %s", error, exc_info=error)
