"""Errors that a person sees: each says what is wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    GOOD = 0
    TEST_FAILED = 1
    BAD_INPUT = 2
    LOCKED = 75
    INTERRUPTED = 130
    CLOSED_PIPE = 141


@dataclass(frozen=True)
class Problem:
    """One fault in a file that a person edits or delivers.

    `where` names the file and, as far as known, line and column; `what` is the fault with the value at fault; `mend` says
    what is allowed or what to do.
    """

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}"


class LeadhouseError(Exception):
    """Base of all errors that end a command with a message instead of a traceback."""

    exit_code = ExitCode.BAD_INPUT


class InputError(LeadhouseError):
    """Bad usage, criteria or sources: nothing was built. Carries every problem found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class BuildError(LeadhouseError):
    """A model or a test failed: nothing was published."""

    exit_code = ExitCode.TEST_FAILED


class UnfinishedError(BuildError):
    """The marts were published, but not everything that belongs to it was done."""


class LockedError(LeadhouseError):
    """Another build holds the lock."""

    exit_code = ExitCode.LOCKED
