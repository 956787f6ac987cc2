"""Telling people that scheduled builds fail, and that they work again.

A failure is told once to each target until a build succeeds, however often it happens; another failure is told on its own.
Messages hold no personal data: what a model or a file says of values is left out. Nothing here ever fails a build.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from leadhouse.alerts import PAUSES
from leadhouse.build import BuildOutcome
from leadhouse.deliveries import FILE_NAME, open_deliveries
from leadhouse.errors import InputError, LockedError, Problem
from leadhouse.faults import hide_values
from leadhouse.messages import LONGEST_BODY, Message, one_line
from leadhouse.records import BuildRecord
from leadhouse.targets import Answer, Target, failure_targets, post
from leadhouse.workbench import KeptFailure

_MOST_LINES = 10


def notify(home: Path, result: BuildOutcome | Exception) -> list[Problem]:
    """Tell how a build went, if that is news: its outcome, or the error that stopped it.

    Gives what hindered the telling; a build that found another one running, or built a part only, is no news.
    """
    if isinstance(result, LockedError):
        return []
    if isinstance(result, Exception):
        return notify_stopped_build(home, result)
    if result.record.status == "failed":
        return notify_failed_build(home, result.record, result.failures)
    return notify_good_build(home, result.record) if result.published else []


def notify_failed_build(home: Path, record: BuildRecord, failures: Sequence[KeptFailure]) -> list[Problem]:
    """Tell that models or tests failed and nothing was published."""
    counted = f"{record.count_failed} of {record.count_models} models and {record.count_tests} tests failed"
    opening = f"Build {record.build_id}, as of {record.as_of:%Y-%m-%d %H:%M:%S} UTC: {counted}. Nothing was published."
    lines = [_failure_line(failure) for failure in failures]
    return _tell(home, [failure.node.unique_id for failure in failures], opening, lines)


def notify_stopped_build(home: Path, error: Exception) -> list[Problem]:
    """Tell that a build could not run at all, or not to its end."""
    if not isinstance(error, InputError):
        reason = f"{type(error).__name__}: {without_values(str(error).splitlines()[0] if str(error) else '')}"
        return _tell(home, [reason], "A build stopped before its end.", [reason])
    # Criteria are ours to quote; what stands in raw tables is not.
    lines = [f"{one.where}: {one.what}" if one.where.startswith("seeds/") else one.where for one in error.problems]
    opening = "A build did not start: criteria or sources have a fault. `leadhouse validate` says how to mend it."
    return _tell(home, lines, opening, lines)


def notify_good_build(home: Path, record: BuildRecord) -> list[Problem]:
    """Tell those who know of a failure that builds work again."""
    if not (home / FILE_NAME).exists():
        return []
    try:
        with open_deliveries(home) as deliveries:
            waiting = deliveries.end_failures()
        targets = [target for target in failure_targets(home) if target.key in waiting] if waiting else []
    except InputError as error:
        return error.problems
    body = (
        f"Build {record.build_id}, as of {record.as_of:%Y-%m-%d %H:%M:%S} UTC, was tested and published.\nHome: {home}"
    )
    message = Message("Leadhouse builds work again", body, "success")
    return [problem for target in targets for problem in _post(home, target, message, _forget)]


def without_values(text: str) -> str:
    """A line of an error without what may be personal: quoted text, addresses and long numbers."""
    return one_line(hide_values(text), 200)


def _tell(home: Path, parts: Sequence[str], opening: str, lines: Sequence[str]) -> list[Problem]:
    try:
        targets = failure_targets(home)
    except InputError as error:
        return error.problems
    fingerprint = hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
    listed = [f"- {one_line(line, 250)}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        listed.append(f"... and {len(lines) - _MOST_LINES} more")
    body = "\n".join([opening, *listed])[:LONGEST_BODY]
    message = Message("Leadhouse build failed", f"{body}\nHome: {home}", "failure")

    def remember(home: Path, target: Target) -> None:
        with open_deliveries(home) as deliveries:
            deliveries.told(fingerprint, target.key)

    untold = [target for target in targets if not _knows(home, fingerprint, target)]
    return [problem for target in untold for problem in _post(home, target, message, remember)]


def _post(home: Path, target: Target, message: Message, remember: Callable[[Path, Target], None]) -> list[Problem]:
    answer = _patiently(target, message)
    if not answer.is_accepted:
        mend = "See to LEADHOUSE_FAILURE_URLS, or to the service."
        return [Problem(target.name, f"was not told about the build: it {answer.reason}", mend)]
    try:
        remember(home, target)
    except InputError as error:
        return error.problems
    return []


def _patiently(target: Target, message: Message) -> Answer:
    for pause in (0.0, *PAUSES):
        time.sleep(pause)
        answer = post(target, message)
        if answer.is_accepted or answer.has_hung:
            break
    return answer


def _knows(home: Path, fingerprint: str, target: Target) -> bool:
    try:
        with open_deliveries(home) as deliveries:
            return deliveries.is_told(fingerprint, target.key)
    except InputError:
        # A full disk is worth telling about, even if it cannot be noted and is told again.
        return False


def _forget(home: Path, target: Target) -> None:
    with open_deliveries(home) as deliveries:
        deliveries.forget_failures(target.key)


def _failure_line(failure: KeptFailure) -> str:
    node = failure.node
    name = f"{node.kind.replace('_', ' ')} {node.name}"
    if node.is_test and node.failures:
        rows = f"{node.failures:,} row{'s' if node.failures != 1 else ''} failed"
        return f"{name}: {rows}" + (f", kept in {failure.table}" if failure.table else "")
    # dbt's first line names the model; the engine's own error follows.
    lines = [line.strip() for line in (node.message or "").splitlines() if line.strip()]
    error = next((line for line in lines if "Error:" in line), lines[0] if lines else node.status)
    return f"{name}: {without_values(error)}"
