"""Faults of the simulated microscope that come with a certain frame."""

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Actions = Mapping[str, Callable[..., Any]]


class PlannedFaults:
    """Calls actions before the frames they are planned for; safe from several threads."""

    def __init__(self, actions: Actions, plan: Sequence[Mapping[str, Any]] = ()) -> None:
        """Keep a plan.

        Args:
            actions: by name.
            plan: arguments of `add`, for each fault.

        Raises:
            ValueError: there is no such action, or it takes other arguments.
        """
        self._actions = actions
        self._lock = threading.Lock()
        self._plan: list[tuple[int, str, dict[str, Any]]] = []
        for each in plan:
            self.add(**each)

    def add(self, at_frame: int, do: str, **arguments: Any) -> None:
        """Plan an action.

        Args:
            at_frame: camera's number of the first frame it is to come before; one that is over means the next.
            do: name of the action.
            arguments: of the action.

        Raises:
            ValueError: there is no such action, or it takes other arguments.
        """
        if do not in self._actions:
            raise ValueError(f"Cannot plan {do!r}: the simulated microscope can {', '.join(self._actions)}")
        try:
            inspect.signature(self._actions[do]).bind(**arguments)
        except TypeError as error:
            raise ValueError(f"Cannot plan {do} at frame {at_frame}: {error}") from error
        with self._lock:
            self._plan = sorted([*self._plan, (int(at_frame), do, arguments)], key=lambda each: each[0])

    def forget(self) -> None:
        """Plan nothing."""
        with self._lock:
            self._plan = []

    def as_plain(self) -> list[dict[str, Any]]:
        """Return what is still to come."""
        with self._lock:
            return [{"at_frame": at_frame, "do": do, **arguments} for at_frame, do, arguments in self._plan]

    def before(self, frame_id: int) -> bool:
        """Do what is planned for this frame and those before it, and return whether there was anything."""
        with self._lock:
            due = [each for each in self._plan if each[0] <= frame_id]
            self._plan = self._plan[len(due) :]
        for _, do, arguments in due:
            self._actions[do](**arguments)
        return bool(due)
