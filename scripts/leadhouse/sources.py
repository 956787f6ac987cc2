"""Raw files that change or fail while they are read: what a build does about it."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb

from leadhouse.contract import SYSTEM, connect, list_files, list_folder, load_contract
from leadhouse.errors import BuildError
from leadhouse.runner import RunResult
from leadhouse.systems import known_systems

Value = TypeVar("Value")
Fingerprint = Mapping[Path, "Stamp"]

# Seconds to wait before each further try.
PAUSES = (1.0, 2.0, 4.0)

_TRANSIENT_CODES = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.ECONNABORTED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.EINTR,
        errno.EIO,
        errno.ENETDOWN,
        errno.ENETRESET,
        errno.ENETUNREACH,
        errno.ENOENT,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
_TRANSIENT_TEXT = re.compile(
    r"input/output error|stale (nfs )?file handle|timed out|timeout|connection (was )?(reset|aborted|refused)"
    r"|temporarily unavailable|resource busy|interrupted system call|network is (down|unreachable)"
    r"|no such file or directory|no files found that match",
    re.IGNORECASE,
)


class Stamp(NamedTuple):
    """What tells a file from another version of it, without reading it: bytes, nanoseconds of the last change, inode."""

    size: int
    modified: int
    inode: int


def fingerprint(raw: Path) -> Fingerprint:
    """Return the stamp of every file of a raw table in the raw folder, whatever system it is of; one that vanishes meanwhile
    has none."""
    with connect() as connection:
        files = [file for entity in load_contract() for file in list_files(connection, raw, entity)]
        others = [name for name in known_systems() if name != SYSTEM and (raw / name).is_dir()]
        files += [file for name in others for file in list_folder(connection, raw, f"{name}/**/*")]
    return {file: stamp for file in files if (stamp := stamp_of(file))}


def stamp_of(file: Path) -> Stamp | None:
    """Return the file's stamp, or None when it is not there."""
    try:
        status = file.stat()
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def changed_files(before: Fingerprint, after: Fingerprint) -> list[Path]:
    """Return the files that were replaced, rewritten or taken away. A new file is none: nobody has read a part of it."""
    return sorted(file for file, stamp in before.items() if after.get(file) != stamp)


def is_transient(error: BaseException | str | None) -> bool:
    """Tell whether reading again may help, for instance after a network file system stuttered or a file vanished."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _TRANSIENT_CODES
    return bool(_TRANSIENT_TEXT.search(str(error or "")))


def patiently(read: Callable[[], Value], file: Path, wait: Callable[[float], object] = time.sleep) -> Value:
    """Call `read`; while it fails by something transient, or the file changed meanwhile, wait 1, 2 and 4 seconds and try again.

    The last error is raised.
    """
    for pause in PAUSES:
        before = stamp_of(file)
        try:
            return read()
        except (OSError, duckdb.Error) as error:
            if not is_transient(error) and stamp_of(file) == before:
                raise
            wait(pause)
    return read()


def run_on_steady_files(
    raw: Path,
    run: Callable[[], RunResult],
    tell: Callable[[str], object],
    tries: int = 2,
    wait: Callable[[float], object] = time.sleep,
) -> RunResult:
    """Run dbt on files that do not change meanwhile, and return what became of it.

    When files were changed, or a node failed by something transient, `tell` is told so and the whole run is done once more:
    models that were built from the earlier files may not be mixed with others. Raises BuildError when files change again,
    or as `run` does.
    """
    before = fingerprint(raw)
    outcome = _attempt(run)
    changed = changed_files(before, fingerprint(raw))
    messages = [str(outcome)] if isinstance(outcome, BuildError) else [node.message for node in outcome.failed]
    names = ", ".join(str(file.relative_to(raw)) for file in changed)
    if tries > 1 and (changed or any(map(is_transient, messages))):
        tell(f"Raw files were changed while they were read: {names}." if changed else "Raw files could not be read.")
        tell(f"Building from the beginning in {PAUSES[-1]:.0f} seconds.")
        wait(PAUSES[-1])
        return run_on_steady_files(raw, run, tell, tries - 1, wait)
    if changed:
        raise BuildError(
            f"Raw files were changed while they were read: {names} in {raw}. Nothing was published. Run the build again when "
            "they are complete; write a file under another name and rename it when it is done."
        )
    if isinstance(outcome, BuildError):
        raise outcome
    return outcome


def _attempt(run: Callable[[], RunResult]) -> RunResult | BuildError:
    try:
        return run()
    except BuildError as error:
        return error
