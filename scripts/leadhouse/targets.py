"""Where messages go: services named by apprise URLs.

Such a URL holds secrets. It is read from the environment or from a file that only its owner can read, and is never
printed, logged or kept: a target is known by its service, by its host where that is no secret, and by a keyed hash.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadhouse.errors import InputError, Problem
from leadhouse.messages import Message
from leadhouse.privacy import load_key

ALERT_URLS = "LEADHOUSE_ALERT_URLS"
ALERT_FILE = "LEADHOUSE_ALERT_FILE"
FAILURE_URLS = "LEADHOUSE_FAILURE_URLS"
FAILURE_FILE = "LEADHOUSE_FAILURE_FILE"
SECONDS_PER_TRY = 30.0
_OFF = "off"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_STATUS = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True)
class Target:
    """One service to tell. `key` is the keyed hash of its URL, `name` is fit to be shown."""

    key: str
    name: str
    service: Any = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What became of one try; without certainty, a message that was not accepted may have arrived all the same."""

    is_accepted: bool
    is_certain: bool = True
    has_hung: bool = False
    reason: str = ""


def alert_targets(home: Path, environment: Mapping[str, str] = os.environ) -> list[Target]:
    """The targets of alerts, each once; empty when none is configured. Raises InputError for a bad URL or file."""
    return _targets(home, _entries(ALERT_URLS, ALERT_FILE, environment))


def failure_targets(home: Path, environment: Mapping[str, str] = os.environ) -> list[Target]:
    """The targets of messages about failed builds: their own, or else those of alerts; none when switched `off`."""
    entries = _entries(FAILURE_URLS, FAILURE_FILE, environment)
    if [url for _, url in entries] == [_OFF]:
        return []
    return _targets(home, entries) if entries else alert_targets(home, environment)


def post(target: Target, message: Message, seconds: float = SECONDS_PER_TRY) -> Answer:
    """Try once to deliver a message, within some seconds. Never raises, and gives no text that could hold a secret."""
    answers: list[Answer] = []
    # A service that never ends its answer must hold up neither the next target nor the end of the process.
    worker = threading.Thread(target=lambda: answers.append(_post(target, message)), daemon=True)
    worker.start()
    worker.join(seconds)
    return answers[0] if answers else _failed(f"gave no answer within {seconds:g} s", has_hung=True)


def _post(target: Target, message: Message) -> Answer:
    import apprise

    try:
        caller = apprise.Apprise(target.service, asset=target.service.asset)
        with _with_fields(target.service, message.fields):
            result = caller.notify(
                body=message.body, title=message.title, notify_type=message.kind, body_format=apprise.NotifyFormat.TEXT
            )
        log = "\n".join(str(entry) for entry in result.logs())
        return Answer(True) if result else _refusal(log)
    except Exception as error:
        # The text of the error may quote the URL.
        return _failed(f"failed with {type(error).__name__}")


def _refusal(log: str) -> Answer:
    if status := _STATUS.search(log):
        return Answer(False, reason=f"answered HTTP {status.group(1)}")
    if "onnection error" in log:
        return _failed("could not be reached, or did not answer in time")
    return _failed("did not accept the message")


def _failed(reason: str, has_hung: bool = False) -> Answer:
    return Answer(False, is_certain=False, has_hung=has_hung, reason=reason)


@contextmanager
def _with_fields(service: Any, fields: Mapping[str, str]) -> Iterator[None]:
    """Webhooks (JSON, XML, form) take named values beside title and message; those of the URL go first."""
    extras = getattr(service, "payload_extras", None)
    if extras is None:
        yield
        return
    service.payload_extras = {**fields, **extras}
    try:
        yield
    finally:
        service.payload_extras = extras


def _entries(urls: str, file: str, environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each URL with the place that it was read from."""
    words = environment.get(urls, "").split()
    found = [(f"{urls}, URL {number}", word) for number, word in enumerate(words, start=1)]
    return found + (_lines(Path(environment[file]), file) if environment.get(file) else [])


def _lines(path: Path, variable: str) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        raise InputError([Problem(f"{variable} ({path})", what, "Name a file with one URL a line.")]) from None
    if mode & 0o077:
        what = f"holds secrets, but others can read it (mode {mode:04o})"
        raise InputError([Problem(f"{variable} ({path})", what, f"Run: chmod 600 {path}")])
    stripped = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return [(f"{path}, line {number}", line) for number, line in stripped if line and not line.startswith("#")]


def _targets(home: Path, entries: Sequence[tuple[str, str]]) -> list[Target]:
    if not entries:
        return []
    key = load_key(home).key
    problems: list[Problem] = []
    found: dict[str, Target] = {}
    for place, url in entries:
        service = _service(url)
        if service is None:
            problems.append(_unusable(place, url))
            continue
        digest = hmac.new(key, b"target:" + url.encode(), hashlib.sha256).hexdigest()[:32]
        found[digest] = Target(digest, f"{_shown(service)} ({digest[:6]})", service)
    if problems:
        raise InputError(problems)
    return list(found.values())


def _service(url: str) -> Any:
    import apprise

    # Nothing is kept on disk, and nothing is sent on to where a redirect points: what a redirect turns into another
    # request would look like a success.
    asset = apprise.AppriseAsset(
        app_id="Leadhouse",
        app_desc="Leadhouse",
        async_mode=False,
        http_redirects=False,
        service_timeout=0,
        storage_mode=apprise.PersistentStoreMode.MEMORY.value,
    )
    _silence()
    return apprise.Apprise.instantiate(url, asset=asset)


def _shown(service: Any) -> str:
    """The service, and its host where the URL has a real one: with chat services a token stands in that place."""
    names = (service.secure and service.secure_protocol) or service.protocol or service.secure_protocol
    scheme = names if isinstance(names, str) else names[0]
    host = str(getattr(service, "host", "") or "")
    is_host = "host" in service.template_tokens and ("." in host or host == "localhost")
    if not is_host:
        return scheme
    return f"{scheme} {host}:{service.port}" if service.port else f"{scheme} {host}"


def _unusable(place: str, url: str) -> Problem:
    scheme = _SCHEME.match(url)
    what = f"is no complete URL of the service `{scheme.group(1)}`" if scheme else "is not a URL"
    mend = "Write it as https://appriseit.com/services/ says for your service, e.g. json://host/path for a webhook."
    return Problem(place, what, mend)


def _silence() -> None:
    """Keep what the libraries log away from everybody: it may quote a URL."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
