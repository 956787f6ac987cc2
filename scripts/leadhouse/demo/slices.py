"""A finished raw folder as it would have been delivered over time: a growing folder, one state per moment.

Events come as further part files, most at once, some days late, a few before their time (a device's clock was ahead). The
tables of a CRM are delivered whole, as they were: a record shows older values until it is settled, is merged or deleted
only later, and some records are there for some weeks and then taken away. At the last moment every table holds exactly the
rows of the finished folder. What happens to a row depends on its own values only, so the same folder is always cut alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from leadhouse.contract import connect, file_format, find_files, find_json_keys, load_contract, scan_sql
from leadhouse.errors import InputError, Problem
from leadhouse.faults import FileFormat

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_COPY_OPTIONS: dict[FileFormat, str] = {"parquet": "format parquet", "csv": "format csv, header", "json": "format json"}
_ENDINGS: dict[FileFormat, str] = {"parquet": "parquet", "csv": "csv", "json": "jsonl"}


@dataclass(frozen=True)
class _Rules:
    """How a table's rows arrive; values are SQL expressions over its columns.

    `key` and `arrives`, when it is first delivered, name a row. `settles`: when it last changed; where that is null, a
    `changed_share` of the rows changes some time. `older`: what a row shows before that. `withdrawn`: what a copy of it
    shows that is delivered for some weeks only.
    """

    key: str
    arrives: tuple[str, ...]
    comes_in_parts: bool = False
    settles: str = "null"
    changed_share: str = "0.2"
    older: tuple[tuple[str, str], ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()


_RULES = {
    "leads": _Rules(
        key="lead_source_id",
        arrives=("created_at",),
        settles="case when updated_at > created_at then updated_at end",
        changed_share="case when merged_into_id is null and is_deleted = 'false' then 0.2 else 1 end",
        older=(
            ("email", "case when {chance:email} < 0.7 then email when {chance:email} < 0.85 then 'old.' || email end"),
            ("phone", "null"),
            ("job_title", "case when {chance:title} < 0.5 then 'Assistant' end"),
            ("industry", "case when {chance:industry} < 0.5 then industry end"),
            ("status", "'new'"),
            ("owner_id", "null"),
            ("has_opted_out", "'false'"),
            ("budget", "null"),
            ("account_source_id", "null"),
            ("updated_at", "created_at"),
            ("merged_into_id", "null"),
            ("is_deleted", "'false'"),
        ),
        withdrawn=(
            ("lead_source_id", "'withdrawn-' || lead_source_id"),
            ("email", "case when {chance:twin} < 0.5 then email else 'withdrawn.' || email end"),
            (
                "merged_into_id",
                "case when {chance:merged} < 0.5 then lead(lead_source_id) over (order by created_at, lead_source_id) end",
            ),
        ),
    ),
    "accounts": _Rules(
        key="account_source_id",
        arrives=("created_at",),
        older=(("industry", "null"), ("employee_count", "'1'"), ("annual_revenue", "null")),
    ),
    "opportunities": _Rules(
        key="opportunity_source_id",
        arrives=("created_at",),
        settles="closed_at",
        older=(
            ("amount", "case when {chance:amount} < 0.5 then amount end"),
            ("stage_name", "'Qualification'"),
            ("is_closed", "'false'"),
            ("is_won", "null"),
            ("closed_at", "null"),
        ),
        withdrawn=(("opportunity_source_id", "'withdrawn-' || opportunity_source_id"),),
    ),
    "lead_status_history": _Rules(
        key="lead_source_id", arrives=("changed_at",), withdrawn=(("status", "'mql'"), ("reason", "'withdrawn'"))
    ),
    "sales_activities": _Rules(
        key="sales_activity_id",
        arrives=("occurred_at",),
        older=(("outcome", "null"),),
        withdrawn=(("sales_activity_id", "'withdrawn-' || sales_activity_id"),),
    ),
    "campaigns": _Rules(
        key="campaign_source_id", arrives=("started_at",), older=(("cost", "null"), ("ended_at", "null"))
    ),
    "campaign_responses": _Rules(
        key="lead_source_id", arrives=("occurred_at",), withdrawn=(("response", "'attended'"),)
    ),
    "lead_attributes": _Rules(key="lead_source_id", arrives=("recorded_at",), withdrawn=(("value", "'withdrawn'"),)),
    "score_adjustments": _Rules(
        key="lead_source_id", arrives=("recorded_at",), older=(("expires_at", "null"),), withdrawn=(("points", "'7'"),)
    ),
    "ad_spend": _Rules(key="spend_date", arrives=("spend_date",), older=(("spend", "'1'"), ("clicks", "null"))),
    "web_events": _Rules(key="event_id", arrives=("loaded_at", "occurred_at"), comes_in_parts=True),
    "message_events": _Rules(key="event_id", arrives=("loaded_at", "occurred_at"), comes_in_parts=True),
}
_LATE_SHARE = 0.02
_EARLY_SHARE = 0.002
_WITHDRAWN_SHARE = 0.03


def sliced_world(raw: Path, output: Path, moments: Sequence[datetime]) -> Iterator[tuple[datetime, Path]]:
    """Deliver the tables of `raw` into `output` moment by moment (UTC without zone, ascending), giving each moment and `output`.

    `output` holds the next state only when the next item is asked for. Raises InputError when it is not empty.
    """
    if output.exists() and any(output.iterdir()):
        problem = Problem(str(output), "is not empty, and its files would be read beside the slices", "Choose another.")
        raise InputError([problem])
    output.mkdir(parents=True, exist_ok=True)
    with connect() as connection:
        tables = [table for entity in load_contract() if (table := _find_table(connection, raw, entity))]
        for place, moment in enumerate(moments):
            for table in tables:
                _deliver(connection, table, output, _Span.of(moments, place))
            yield moment, output


@dataclass(frozen=True)
class _Table:
    entity: str
    form: FileFormat
    scan: str
    columns: dict[str, str]  # name -> type

    @property
    def rules(self) -> _Rules:
        return _RULES[self.entity]


@dataclass(frozen=True)
class _Span:
    """One slice, in milliseconds since 1970: after `after` (None: the first) up to `until`, of a period `start` to `end`."""

    number: int
    after: int | None
    until: int
    start: int
    end: int

    @classmethod
    def of(cls, moments: Sequence[datetime], place: int) -> _Span:
        times = [int(moment.replace(tzinfo=UTC).timestamp() * 1000) for moment in moments]
        return cls(place + 1, times[place - 1] if place else None, times[place], times[0], times[-1])

    @property
    def is_last(self) -> bool:
        return self.until == self.end


def _find_table(connection: duckdb.DuckDBPyConnection, raw: Path, entity: str) -> _Table | None:
    files = find_files(raw, entity)
    if not files:
        return None
    form = file_format(files[0])
    scan = scan_sql(files, form, find_json_keys(connection, files) if form == "json" else ())
    described = connection.execute(f"describe select * from {scan}").fetchall()
    return _Table(entity, form, scan, {name: kind for name, kind, *_ in described})


def _deliver(connection: duckdb.DuckDBPyConnection, table: _Table, output: Path, span: _Span) -> None:
    in_parts = table.rules.comes_in_parts
    part = f"-{span.number:04}" if in_parts else ""
    path = output / f"{table.entity}{part}.{_ENDINGS[table.form]}"
    draft = output / f".{path.name}.part"
    query = _part(table, span) if in_parts else _state(table, span)
    target = "'" + str(draft).replace("'", "''") + "'"
    count = connection.execute(f"copy ({query}) to {target} ({_COPY_OPTIONS[table.form]})").fetchone()
    if in_parts and not (count and count[0]):
        draft.unlink()
        return
    draft.replace(path)


def _part(table: _Table, span: _Span) -> str:
    """The rows that arrive within the slice."""
    arrives = _arrival(table, span)
    begun = f"{arrives} > {span.after}" if span.after is not None else "true"
    ended = "true" if span.is_last else f"{arrives} <= {span.until}"
    return f"select * from {table.scan} where {begun} and {ended}"


def _state(table: _Table, span: _Span) -> str:
    """All rows of a table that is delivered whole, as they are at the end of the slice."""
    if span.is_last:
        return f"select * from {table.scan}"
    arrives, settles = _arrival(table, span), _settling(table, span)
    older = [
        f"case when {settles} > {span.until} then cast({_with_chances(value, table)} as {table.columns[name]}) else {name} end"
        f" as {name}"
        for name, value in table.rules.older
        if name in table.columns
    ]
    withdrawn = [
        f"cast({_with_chances(value, table)} as {table.columns[name]}) as {name}"
        for name, value in table.rules.withdrawn
        if name in table.columns
    ]
    state = f"select * {_replace(older)} from {table.scan} where {arrives} <= {span.until}"
    if not withdrawn:
        return state
    leaves = f"{arrives} + {_chance('stay', table)} * {60 * _DAY}"
    stays = (
        f"{_chance('withdrawn', table)} < {_WITHDRAWN_SHARE} and {arrives} <= {span.until} and {leaves} > {span.until}"
    )
    # A window over all rows decides about the neighbour, so the rows that stay are chosen behind it.
    copies = f"select * exclude (stays) from (select * {_replace(withdrawn)}, {stays} as stays from {table.scan}) where stays"
    return f"{state} union all {copies}"


def _replace(columns: Sequence[str]) -> str:
    return f"replace ({', '.join(columns)})" if columns else ""


def _arrival(table: _Table, span: _Span) -> str:
    """When a row is delivered, in milliseconds; a row that does not say when it happened comes at any time."""
    times = [_milliseconds(name) for name in table.rules.arrives if name in table.columns]
    anytime = f"{span.start} + {_chance('anytime', table)} * {span.end - span.start}"
    late = f"{_HOUR} + {_chance('delay', table)} * {10 * _DAY}"
    luck = _chance("arrival", table)
    shift = f"case when {luck} < {_LATE_SHARE} then {late} when {luck} > {1 - _EARLY_SHARE} then -{_DAY} else 0 end"
    return f"(coalesce({', '.join([*times, anytime])}) + {shift})"


def _settling(table: _Table, span: _Span) -> str:
    """When a row gets its final values, in milliseconds."""
    arrives = _arrival(table, span)
    some_time = f"{arrives} + {_chance('settled', table)} * greatest({span.end} - {arrives}, 0)"
    changes = f"{_chance('changed', table)} < {table.rules.changed_share}"
    return f"coalesce({_milliseconds(table.rules.settles)}, case when {changes} then {some_time} else 0 end)"


def _milliseconds(value: str) -> str:
    return f"epoch_ms(try_cast({value} as timestamp))"


def _with_chances(value: str, table: _Table) -> str:
    """Put a number that depends on the row in the place of each `{chance:name}`."""
    head, *rest = value.split("{chance:")
    for part in rest:
        name, _, tail = part.partition("}")
        head += _chance(name, table) + tail
    return head


def _chance(name: str, table: _Table) -> str:
    """A number from 0 up to 1 that looks random, always the same for the same row."""
    columns = ", ".join(name for name in (table.rules.key, *table.rules.arrives) if name in table.columns)
    return f"(hash('{name}', {columns}) % 1000003 / 1000003.0)"
