"""Finding a person in the work database: everything that the sources call one human being by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.database import connect_work
from leadhouse.errors import InputError, Problem

_SHORTEST_PHONE = 7


def normal_email(column: str) -> str:
    """SQL for an address as addresses are compared: as the macro normalise_email makes it."""
    return f"lower(trim({column}))"


def phone_digits(column: str) -> str:
    """SQL for the digits of a number, null where they are too few to name a person: as the macro phone_digits."""
    digits = f"regexp_replace({column}, '[^0-9]', '', 'g')"
    return f"case when length({digits}) >= {_SHORTEST_PHONE} then {digits} end"


@dataclass(frozen=True)
class Person:
    """What names a person; `crm_ids` and `visitor_ids` are pairs of source system and id there.

    `emails` are lower-cased and trimmed, mailboxes of several people are left out. `phones` are digits, those left out that
    somebody else has too. `lead_ids` is empty for an address that nobody is known by.
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    crm_ids: tuple[tuple[str, str], ...] = ()
    visitor_ids: tuple[tuple[str, str], ...] = ()
    lead_ids: tuple[str, ...] = ()


@contextmanager
def open_work(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the work database for reading; raises InputError when there is none, BuildError when another process has it."""
    path = home / "work.duckdb"
    if not path.exists():
        mend = "Run `leadhouse build` first: people are found in what it reads from the sources."
        raise InputError([Problem(str(path), "is not there", mend)])
    with connect_work(home, read_only=True) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            what = f"lacks a table or column: {str(error).splitlines()[0]}"
            raise InputError([Problem(str(path), what, "Run `leadhouse build` again.")]) from None


def find_person(connection: duckdb.DuckDBPyConnection, text: str) -> Person:
    """The person that an e-mail address or a `lead_id` names, in an open work database.

    An address that nobody is known by gives a person with that address alone. Raises InputError for anything else that is
    not known, and for a mailbox that several people share.
    """
    wanted = text.strip()
    if _select(connection, "select lead_id from marts.leads where lead_id = ?", wanted):
        return _gather(connection, [wanted], [])
    email = wanted.lower()
    name, _, domain = email.partition("@")
    if not name or not domain:
        mend = "Give an e-mail address, or a lead_id of the mart leads."
        raise InputError([Problem(f"`{wanted}`", "is neither an e-mail address nor a known lead_id", mend)])
    if not _personal(connection, [email]):
        mend = "Name each person by their lead_id, or take the mailbox out of seeds/mapping/shared_mailboxes.csv."
        raise InputError([Problem(f"`{wanted}`", "is a mailbox that several people share", mend)])
    known_by = "select distinct lead_id from marts.lead_identifiers where identifier_type = 'email' and identifier = ?"
    return _gather(connection, [row[0] for row in _select(connection, known_by, email)], [email])


def _gather(connection: duckdb.DuckDBPyConnection, lead_ids: list[str], emails: list[str]) -> Person:
    """Everything that these leads and addresses are called by, in rows that were not used too; no name of another lead."""
    identifiers = """
        select source_system, identifier from marts.lead_identifiers
        where identifier_type = ? and list_contains(?::varchar[], lead_id)
    """
    emails = _personal(connection, [*emails, *(row[1] for row in _select(connection, identifiers, "email", lead_ids))])
    records = f"""
        select source_system, lead_source_id from intermediate.accounted_leads as rows_of_leads
        where
            list_contains(?::varchar[], {normal_email("email")}) and lead_source_id is not null
            and not exists (
                from marts.lead_identifiers
                where
                    identifier_type = 'crm_id' and identifier = rows_of_leads.lead_source_id
                    and source_system = rows_of_leads.source_system
            )
    """
    crm_ids = [*_select(connection, identifiers, "crm_id", lead_ids), *_select(connection, records, emails)]
    ids = [f"{system}:{lead_source_id}" for system, lead_source_id in crm_ids]
    return Person(
        emails=_sorted([*emails, *_personal(connection, _own_emails(connection, ids, lead_ids))]),
        phones=_sorted(_own_phones(connection, ids)),
        crm_ids=_sorted(crm_ids),
        visitor_ids=_sorted(_select(connection, identifiers, "visitor_id", lead_ids)),
        lead_ids=_sorted(lead_ids),
    )


def _own_emails(connection: duckdb.DuckDBPyConnection, crm_ids: list[str], lead_ids: list[str]) -> list[str]:
    """The addresses that these records ever had, as far as the rows tell, and that are nobody else's now."""
    statement = f"""
        select distinct {normal_email("email")} from intermediate.accounted_leads
        where list_contains(?::varchar[], source_system || ':' || lead_source_id) and email is not null
        except
        select identifier from marts.lead_identifiers
        where identifier_type = 'email' and not list_contains(?::varchar[], lead_id)
    """
    return [row[0] for row in _select(connection, statement, crm_ids, lead_ids)]


def _own_phones(connection: duckdb.DuckDBPyConnection, crm_ids: list[str]) -> list[str]:
    """The numbers of these records that no other record has: a switchboard is nobody's own."""
    statement = f"""
        with holders as (
            select
                {phone_digits("phone")} as phone,
                coalesce(list_contains($crm_ids::varchar[], source_system || ':' || lead_source_id), false) as is_own
            from intermediate.accounted_leads
        )
        select phone from holders where phone is not null group by phone having bool_and(is_own)
    """
    return [row[0] for row in connection.execute(statement, {"crm_ids": crm_ids}).fetchall()]


def _personal(connection: duckdb.DuckDBPyConnection, emails: list[str]) -> list[str]:
    """Those of the texts that are the address of one person."""
    shared = {str(row[0]).lower() for row in _select(connection, "select mailbox from seeds.shared_mailboxes")}
    parts = ((email, *email.partition("@")) for email in emails)
    return [
        email
        for email, name, at, domain in parts
        if name and domain and email not in shared and name + at not in shared
    ]


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


def _select(connection: duckdb.DuckDBPyConnection, statement: str, *parameters: Any) -> list[Any]:
    return connection.execute(statement, parameters).fetchall()
