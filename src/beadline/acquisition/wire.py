"""What session and workers say to each other: JSON over an authenticated local connection, never a pickle."""

import json
from multiprocessing.connection import Connection
from typing import Any

CARRIED = (ValueError, TypeError, RuntimeError, TimeoutError, FileNotFoundError, FileExistsError, OSError)


def send(connection: Connection, message: dict[str, Any]) -> None:
    """Send one message."""
    connection.send_bytes(json.dumps(message, default=_plain).encode())


def receive(connection: Connection) -> dict[str, Any]:
    """Wait for one message.

    Raises:
        EOFError: the other side is gone.
    """
    return json.loads(connection.recv_bytes())


def as_message(error: Exception) -> dict[str, Any]:
    """Return an error as a message: its nearest plain kind, and what it says."""
    kind = next((each for each in type(error).__mro__ if each in CARRIED), None)
    if kind is type(error) and str(error):
        return {"error": kind.__name__, "sentence": str(error)}
    return {"error": (kind or RuntimeError).__name__, "sentence": f"{type(error).__name__}: {error}"}


def as_error(message: dict[str, Any], worker: str) -> Exception:
    """Return the error a worker sent, as the same kind of error, with the worker's name."""
    kind = next((each for each in CARRIED if each.__name__ == message["error"]), RuntimeError)
    return kind(f"{worker}: {message['sentence']}")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(f"Cannot send a {type(value).__name__} to a worker: plain data only")
