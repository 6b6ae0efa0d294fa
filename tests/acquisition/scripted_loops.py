"""Loops that do odd things when they are told to."""

import os
import sys
import threading
import time

from beadline.acquisition import Board

MEETING = 5


class PlainLoop:
    """Answers, waits, raises, hangs, says and dies."""

    def __init__(self, **arguments):
        self.board = Board.create(("heartbeat_s", "steps"))
        self.stuck = threading.Event()
        self.commands = {
            "echo": lambda value: value,
            "wait": self.stuck.wait,
            "raise_error": self.raise_error,
            "say": lambda line: sys.stderr.write(line + "\n"),
            "hang": lambda: setattr(self, "step", self.stuck.wait),
            "break_step": lambda: setattr(self, "step", self.raise_error),
            "die": lambda: os._exit(7),
        }
        self.meeting = threading.Barrier(MEETING)
        self.waits = 0
        self.prompt_commands = {
            "echo": lambda value: value,
            "free": self.stuck.set,
            "wait": self.wait,
            "waiting": lambda: self.waits > 0,
            "meet": self.meet,
        }

    def wait(self):
        self.waits += 1
        return self.stuck.wait(30)

    def meet(self, number):
        self.meeting.wait(5)
        return number

    def raise_error(self):
        raise ValueError("it is too late")

    def step(self):
        self.board.add("steps")
        time.sleep(0.001)

    def close(self):
        self.board.close()


class UnwillingLoop:
    def __init__(self):
        raise ValueError("the table has no legs")


class DyingLoop:
    def __init__(self):
        sys.stderr.write("segmentation fault, so to speak\n")
        sys.stderr.flush()
        os._exit(3)


class SlowLoop:
    def __init__(self):
        time.sleep(60)
