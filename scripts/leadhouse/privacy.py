"""Pseudonyms: what stands in the published database in the place of personal data.

A pseudonym is HMAC-SHA256 of the lower-cased, trimmed value, under a key that never leaves the home folder. The same
value always has the same pseudonym, so joins and counts still work; without the key it cannot be guessed from lists of
known e-mail addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from leadhouse.errors import InputError, Problem

FILE_NAME = "secret.key"
_KEY_BYTES = 32
_BLOCK_BYTES = 64


@dataclass(frozen=True)
class PseudonymKey:
    """The key, as the two padded blocks of HMAC."""

    key: bytes

    @property
    def parameters(self) -> dict[str, bytes]:
        """Parameters that a statement with `pseudonym_sql` must be given; the key is never part of SQL text."""
        padded = self.key.ljust(_BLOCK_BYTES, b"\0")
        return {"inner": bytes(byte ^ 0x36 for byte in padded), "outer": bytes(byte ^ 0x5C for byte in padded)}

    def pseudonym(self, text: str) -> str:
        """What `pseudonym_sql` gives for a text."""
        return self.keyed_hash(text.strip(" ").lower())

    def keyed_hash(self, text: str) -> str:
        """HMAC-SHA256 of a text as it is, in 64 hexadecimal digits: as the macro keyed_hash makes it in models."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def pseudonym_sql(expression: str) -> str:
    """DuckDB SQL for the pseudonym (64 hexadecimal digits) of a text expression; null stays null."""
    value = f"encode(lower(trim(cast({expression} as varchar))))"
    return f"sha256($outer::blob || unhex(sha256($inner::blob || {value})))"


def load_key(folder: Path) -> PseudonymKey:
    """The key in `folder`, made at first use (random, readable by its owner only).

    Raises InputError when the file is there but is not a key: a new one would silently change every pseudonym.
    """
    path = folder / FILE_NAME
    if not path.exists():
        _make_key(path)
    path.chmod(0o600)
    return _read_key(path)


def find_key(folder: Path) -> PseudonymKey | None:
    """The key in `folder` if there is one; raises InputError when the file is not a key."""
    path = folder / FILE_NAME
    return _read_key(path) if path.exists() else None


def _read_key(path: Path) -> PseudonymKey:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (UnicodeDecodeError, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        what = f"is not a key of {2 * _KEY_BYTES} hexadecimal digits"
        raise InputError(
            [Problem(str(path), what, "Restore it from a backup: with another key all pseudonyms change.")]
        )
    return PseudonymKey(key)


def _make_key(path: Path) -> None:
    # Complete before it has its name, so that a crash cannot leave half a key.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(_KEY_BYTES).hex().encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(draft, path)
