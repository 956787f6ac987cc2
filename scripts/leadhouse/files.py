"""Files that others read meanwhile: written beside, made durable, and put in place by one renaming."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def sync(path: Path) -> None:
    """Have the system write a file or the entries of a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(source: Path, target: Path) -> None:
    """Put a finished file into the place of another one, at once and durably."""
    os.replace(source, target)
    sync(target.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; where the file system has no hard links, copy it."""
    try:
        os.link(source, target)
    except OSError:
        draft = target.with_name(f".{target.name}")
        shutil.copy2(source, draft)
        sync(draft)
        replace(draft, target)


def point(link: Path, target: str) -> None:
    """Let a symbolic link point to `target`, at once; nobody finds it missing meanwhile."""
    draft = link.with_name(f".{link.name}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        # A copy of the folder has followed the link.
        remove(link)
    replace(draft, link)


def write_text(path: Path, text: str, mode: int) -> None:
    """Write a small file as a whole, with these permissions."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    replace(draft, path)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fingerprint(root: Path, paths: Iterable[Path]) -> str:
    """Sha256 over the names (below `root`) and contents of files, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
