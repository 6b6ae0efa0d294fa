"""What session and workers say to each other: JSON over an authenticated local connection, never a pickle."""

import builtins
import json
from multiprocessing.connection import Connection
from typing import Any

CARRIED = ("ValueError", "TypeError", "RuntimeError", "TimeoutError", "FileNotFoundError", "OSError", "KeyError")


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
    """Return an error as a message."""
    return {"error": type(error).__name__, "sentence": str(error) or type(error).__name__}


def as_error(message: dict[str, Any], worker: str) -> Exception:
    """Return the error a worker sent; one of an unknown kind becomes a RuntimeError that names it."""
    kind, sentence = message["error"], message["sentence"]
    if kind in CARRIED:
        return getattr(builtins, kind)(sentence)
    return RuntimeError(f"{worker}: {kind}: {sentence}")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(f"Cannot send a {type(value).__name__} to a worker: plain data only")
