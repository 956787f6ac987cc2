"""Who asked to be forgotten: keyed hashes of their names, in `suppressions.jsonl` of the home folder.

The models read the file too (macros/privacy): whatever names one of these people is set aside before anything sees it. The
file holds no personal data; without `secret.key` it cannot be told whom it is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from leadhouse import files
from leadhouse.errors import InputError, Problem
from leadhouse.person import Person
from leadhouse.privacy import FILE_NAME as KEY_FILE
from leadhouse.privacy import PseudonymKey, find_key

FILE_NAME = "suppressions.jsonl"


@dataclass(frozen=True)
class Suppression:
    """One forgotten person; `lead_ids` are those still to be erased, none once that has been done. Times are UTC."""

    key_check: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    crm_ids: tuple[str, ...]
    lead_ids: tuple[str, ...]
    asked_at: datetime
    finished_at: datetime | None = None

    def is_same_person(self, other: Suppression) -> bool:
        """Whether both name one person: by an address or a CRM id; a phone number may be shared."""
        return bool({*self.emails, *self.crm_ids} & {*other.emails, *other.crm_ids})

    def joined(self, other: Suppression) -> Suppression:
        """This one with what the other knows of the person."""
        return replace(
            self,
            emails=_union(self.emails, other.emails),
            phones=_union(self.phones, other.phones),
            crm_ids=_union(self.crm_ids, other.crm_ids),
            lead_ids=_union(self.lead_ids, other.lead_ids),
        )

    def to_json(self) -> str:
        """The entry as one line of JSON, times as ISO 8601."""
        return json.dumps(asdict(self), default=lambda moment: moment.isoformat(timespec="seconds"))

    @classmethod
    def from_json(cls, line: str) -> Suppression:
        """Read one line; raises ValueError, KeyError or TypeError when it is not an entry."""
        values = json.loads(line)
        finished_at = values["finished_at"]
        return cls(
            key_check=str(values["key_check"]),
            emails=tuple(values["emails"]),
            phones=tuple(values["phones"]),
            crm_ids=tuple(values["crm_ids"]),
            lead_ids=tuple(values["lead_ids"]),
            asked_at=datetime.fromisoformat(values["asked_at"]),
            finished_at=datetime.fromisoformat(finished_at) if finished_at else None,
        )


def suppression_of(person: Person, lead_ids: Iterable[str], key: PseudonymKey, asked_at: datetime) -> Suppression:
    """The entry for a person whose rows stand under `lead_ids`."""
    in_system = [f"crm_id:{system}:{lead_source_id}" for system, lead_source_id in person.crm_ids]
    in_any = [f"any_crm_id:{lead_source_id}" for _, lead_source_id in person.crm_ids]
    return Suppression(
        key_check=_key_check(key),
        emails=_hashed(key, [f"email:{email}" for email in person.emails]),
        phones=_hashed(key, [f"phone:{phone}" for phone in person.phones]),
        crm_ids=_hashed(key, [*in_system, *in_any]),
        lead_ids=_union(lead_ids),
        asked_at=asked_at,
    )


def read(home: Path) -> list[Suppression]:
    """All entries, oldest first.

    Raises InputError when one cannot be read, or was written with another key: people would come back unnoticed.
    """
    path = home / FILE_NAME
    if not path.exists():
        return []
    try:
        found = [Suppression.from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, KeyError, TypeError) as error:
        what = f"is damaged ({type(error).__name__})"
        raise InputError(
            [Problem(str(path), what, "Restore it from a backup: it keeps forgotten people out.")]
        ) from None
    key = find_key(home)
    if found and (key is None or {entry.key_check for entry in found} != {_key_check(key)}):
        what = f"is not the key that {FILE_NAME} was written with: people who were forgotten would come back"
        raise InputError([Problem(str(home / KEY_FILE), what, "Restore it from a backup.")])
    return found


def remember(home: Path, suppression: Suppression) -> None:
    """Add an entry, joined with those of the same person; it is on the disk when this returns."""
    known = read(home)
    for entry in known:
        if entry.is_same_person(suppression):
            suppression = suppression.joined(entry)
    _write(home, [*(entry for entry in known if not entry.is_same_person(suppression)), suppression])


def finish(home: Path, erased: Sequence[Suppression], finished_at: datetime) -> None:
    """Note that people are erased; under which leads they stood is no longer needed, and no longer kept."""
    _write(
        home,
        [replace(entry, lead_ids=(), finished_at=finished_at) if entry in erased else entry for entry in read(home)],
    )


def _write(home: Path, entries: Sequence[Suppression]) -> None:
    # As a whole: a list of which the end is missing would let people come back.
    files.write_text(home / FILE_NAME, "".join(entry.to_json() + "\n" for entry in entries), 0o600)


def _key_check(key: PseudonymKey) -> str:
    return key.keyed_hash("key")


def _hashed(key: PseudonymKey, names: Sequence[str]) -> tuple[str, ...]:
    return _union(key.keyed_hash(name) for name in names)


def _union(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for part in parts for value in part}))
