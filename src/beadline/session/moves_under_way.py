"""Which axes a plan has sent somewhere and has not waited for: they are stopped first when it is interrupted."""

from typing import Any

from bluesky import Msg
from bluesky.protocols import Stoppable
from bluesky.utils import MsgGenerator


class MovesUnderWay:
    """Keeps the moves of a plan that are not over."""

    def __init__(self) -> None:
        self._moves: list[tuple[Any, Any]] = []

    def began(self, device: Any, status: Any) -> None:
        """Be told of a move; what cannot be stopped is none."""
        self._moves = [each for each in self._moves if not each[1].done]
        if isinstance(device, Stoppable) and hasattr(status, "done"):
            self._moves.append((device, status))

    def any(self) -> bool:
        """Tell whether something moves."""
        return any(not status.done for _, status in self._moves)

    def stop(self, because: BaseException) -> MsgGenerator[None]:
        """Stop each of them, also when one cannot be stopped; that is added to the error that is the cause."""
        moving, self._moves = [device for device, status in self._moves if not status.done], []
        for device in moving:
            try:
                yield Msg("stop", device)
            except Exception as error:  # noqa: BLE001 - the others are to be stopped as well
                because.add_note(f"afterwards this failed too: {getattr(device, 'name', device)} did not stop: {error}")
