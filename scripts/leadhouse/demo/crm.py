"""CRM tables of a cohort: leads with duplicates and old copies, accounts, attribute history, campaign responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, END, HOUR, MINUTE, NEVER, SECOND, Flags, Ints, moment
from leadhouse.demo.columns import Columns, glue, hide, numbered, pick
from leadhouse.demo.messages import phones
from leadhouse.demo.names import NamePools
from leadhouse.demo.people import Companies, People
from leadhouse.demo.sales import NEW, STATUSES, StatusChanges

_TWIN_SHARE = 0.012  # second records with the same e-mail, typed otherwise
_MERGED_SHARE = 0.01  # second records with another e-mail, merged by hand
_OLD_COPY_SHARE = 0.01  # the same record delivered twice, first in an older state


@dataclass(frozen=True)
class LeadNoise:
    """How many extra records of each kind a batch of leads has."""

    twins: int
    merged: int
    old_copies: int


def account_rows(companies: Companies) -> Columns:
    """Rows of `accounts`."""
    return {
        "account_source_id": companies.ids,
        "name": companies.name,
        "domain": companies.domain,
        "industry": pick(words.INDUSTRIES, companies.industry),
        "employee_count": companies.employees,
        "annual_revenue": companies.revenue,
        "country": pick(words.COUNTRIES, companies.country),
        "created_at": companies.created,
    }


def lead_rows(
    rng: np.random.Generator,
    pools: NamePools,
    people: People,
    companies: Companies,
    changes: StatusChanges,
    crm_created: Ints,
    opted_out: Flags,
) -> tuple[Columns, LeadNoise]:
    """Rows of `leads`: everybody in the CRM, second records of some, and older copies of some rows."""
    table = pa.table(_main_records(rng, pools, people, companies, changes, crm_created, opted_out))
    table = table.filter(pa.array(people.in_crm))
    twins = _second_records(rng, table, _TWIN_SHARE, "-b")
    twins = _replace(twins, "email", glue(pc.utf8_upper(twins["email"]), "  "))
    merged = _second_records(rng, table, _MERGED_SHARE, "-c")
    merged = _replace(merged, "merged_into_id", pc.replace_substring(merged["lead_source_id"], "-c", ""))
    merged = _replace(merged, "email", glue("private.", merged["email"]))
    copies = _older_copies(rng, table)
    whole = pa.concat_tables([table, twins, merged, copies])
    order = np.lexsort((np.arange(len(whole)), whole["created_at"].to_numpy()))
    columns: Columns = {name: whole[name].combine_chunks() for name in whole.column_names}
    columns = {name: column.take(pa.array(order)) for name, column in columns.items()}
    for name in ("created_at", "updated_at"):
        columns[name] = columns[name].to_numpy()
    return columns, LeadNoise(len(twins), len(merged), len(copies))


def _older_copies(rng: np.random.Generator, table: pa.Table) -> pa.Table:
    """Some records as they were delivered just after their creation, if something has happened to them since."""
    chosen = rng.random(len(table)) < _OLD_COPY_SHARE
    older = table["created_at"].to_numpy() + SECOND
    part = _replace(table, "status", pa.array(["new"] * len(table), pa.string()))
    return _replace(part, "updated_at", pa.array(older)).filter(
        pa.array(chosen & (older < table["updated_at"].to_numpy()))
    )


def _replace(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _second_records(rng: np.random.Generator, table: pa.Table, share: float, ending: str) -> pa.Table:
    """Later records of some of the same people: another id, no status of their own, fewer facts."""
    chosen = np.flatnonzero(rng.random(len(table)) < share)
    part = table.take(pa.array(chosen))
    created = np.minimum(part["created_at"].to_numpy() + rng.integers(DAY, 60 * DAY, len(part)), END - DAY)
    created = np.maximum(created, part["created_at"].to_numpy())
    empty = pa.nulls(len(part), pa.string())
    part = _replace(part, "lead_source_id", glue(part["lead_source_id"].combine_chunks(), ending))
    part = _replace(part, "created_at", pa.array(created))
    part = _replace(part, "updated_at", pa.array(created))
    part = _replace(part, "status", pa.array(["new"] * len(part), pa.string()))
    part = _replace(part, "job_title", empty)
    return _replace(part, "owner_id", empty)


def _main_records(
    rng: np.random.Generator,
    pools: NamePools,
    people: People,
    companies: Companies,
    changes: StatusChanges,
    crm_created: Ints,
    opted_out: Flags,
) -> Columns:
    count = len(people)
    company = people.company
    sources = [channel.lead_source for channel in words.CHANNELS]
    # The CRM is sometimes wrong about the source, and sometimes does not know.
    source = np.where(rng.random(count) < 0.02, rng.integers(0, len(sources), count), people.channel)
    source = np.where(rng.random(count) < 0.04, -1, source)
    unknown = rng.random((3, count)) < np.array([[0.15], [0.2], [0.35]])
    status = np.full(count, NEW)
    status[changes.person] = changes.status  # ordered by time: the last one stays
    updated = crm_created.copy()
    np.maximum.at(updated, changes.person, changes.at)
    return {
        "lead_source_id": people.ids,
        "email": people.email,
        "phone": phones(people),
        "first_name": pick(pools.given, people.given),
        "last_name": pick(pools.family, people.family),
        "job_title": pick(words.JOB_TITLES, people.title),
        "company_name": companies.name.take(pa.array(company)),
        "company_domain": hide(companies.domain.take(pa.array(company)), unknown[0] | (people.mail_kind != 0)),
        "industry": pick(words.INDUSTRIES, np.where(unknown[1], -1, companies.industry[company])),
        "employee_count": hide(companies.employees[company], unknown[1]),
        "annual_revenue": hide(companies.revenue[company], unknown[2]),
        "country": pick(words.COUNTRIES, companies.country[company]),
        "lead_source": pick(sources, source),
        "status": pick(STATUSES, status),
        "owner_id": pick(words.OWNERS, people.owner),
        "has_opted_out": opted_out,
        "budget": hide(people.budget, people.budget == 0),
        "purchase_timeframe": pick(words.TIMEFRAMES, people.timeframe),
        "created_at": crm_created,
        "updated_at": updated,
        "account_source_id": hide(numbered("acc-", companies.numbers[company]), unknown[0]),
        "merged_into_id": pa.nulls(count, pa.string()),
        "is_deleted": np.zeros(count, dtype=np.bool_),
    }


def attribute_rows(rng: np.random.Generator, people: People, crm_created: Ints) -> Columns:
    """Rows of `lead_attributes`: two custom fields for some, the history of title, budget and time frame for others.

    The last value of a history is the one that the lead's own row shows.
    """
    parts: list[tuple[Ints, str, pa.Array, Ints]] = []
    for name, pool, share in (("product_interest", words.PRODUCTS, 0.35), ("tech_stack", words.TECH_STACKS, 0.3)):
        person = np.flatnonzero(people.in_crm & (rng.random(len(people)) < share))
        fitter = np.clip((people.fit[person] + rng.normal(1.5, 1, len(person))) * len(pool) / 3, 0, len(pool) - 1)
        parts.append((person, name, pick(pool, fitter.astype(np.int64)), crm_created[person]))
    titles = np.flatnonzero(people.in_crm & (people.title > 2) & (rng.random(len(people)) < 0.04))
    junior = rng.integers(2, np.maximum(people.title[titles], 3))
    parts += _history(
        rng,
        "job_title",
        titles,
        pick(words.JOB_TITLES, junior),
        pick(words.JOB_TITLES, people.title[titles]),
        crm_created,
    )
    frames = np.flatnonzero(people.in_crm & (people.timeframe > 0) & (rng.random(len(people)) < 0.1))
    calmer = rng.integers(0, people.timeframe[frames])
    now = people.timeframe[frames]
    parts += _history(
        rng, "purchase_timeframe", frames, pick(words.TIMEFRAMES, calmer), pick(words.TIMEFRAMES, now), crm_created
    )
    money = np.flatnonzero(people.in_crm & (people.budget > 0) & (rng.random(len(people)) < 0.1))
    amounts = numbered("", people.budget[money].astype(np.int64), 1)
    parts += _history(rng, "budget", money, pa.nulls(len(money), pa.string()), amounts, crm_created)
    person = np.concatenate([part[0] for part in parts])
    return {
        "lead_source_id": people.ids.take(pa.array(person)),
        "attribute": pa.concat_arrays([pa.array([part[1]] * len(part[0]), pa.string()) for part in parts]),
        "value": pa.concat_arrays([part[2] for part in parts]),
        "recorded_at": np.concatenate([part[3] for part in parts]),
    }


def _history(
    rng: np.random.Generator, name: str, person: Ints, before: pa.Array, now: pa.Array, crm_created: Ints
) -> list[tuple[Ints, str, pa.Array, Ints]]:
    changed = np.minimum(crm_created[person] + rng.integers(3 * DAY, 120 * DAY, len(person)), END - HOUR)
    return [
        (person, name, before, crm_created[person]),
        (person, name, now, np.maximum(changed, crm_created[person] + MINUTE)),
    ]


def adjustment_rows(rng: np.random.Generator, people: People, crm_created: Ints) -> Columns:
    """Rows of `score_adjustments`: praise and blame by hand, some of it for a limited time."""
    person = np.flatnonzero(people.in_crm & (rng.random(len(people)) < 0.02))
    count = len(person)
    recorded = np.minimum(crm_created[person] + rng.integers(DAY, 90 * DAY, count), END - HOUR)
    recorded = np.maximum(recorded, crm_created[person])
    good = rng.random(count) < 0.6
    kind = np.where(good, rng.integers(0, 3, count), 3 + rng.integers(0, 2, count))
    points = np.where(good, rng.integers(2, 16, count), -rng.integers(2, 16, count)).astype(np.float64)
    expires = recorded + rng.integers(14, 120, count) * DAY
    return {
        "lead_source_id": people.ids.take(pa.array(person)),
        "points": points,
        "group_id": pick(("sales", "intent", "company", "sales", "data_quality"), kind),
        "recorded_at": recorded,
        "expires_at": np.where(rng.random(count) < 0.6, expires, NEVER),
        "reason": pick(
            ("met at an event", "asked on the phone", "named account", "asked to wait", "address looks wrong"), kind
        ),
        "author": pick(words.OWNERS, rng.integers(0, len(words.OWNERS), count)),
    }


def response_rows(rng: np.random.Generator, people: People) -> Columns:
    """Rows of `campaign_responses`: webinars that people registered for and attended, and trade shows."""
    dates = np.array([moment(campaign.started) for campaign in words.WEBINARS], dtype=np.int64) + 15 * HOUR
    person = np.repeat(np.arange(len(people)), rng.poisson(np.where(people.in_crm, 0.13, 0.0)))
    webinar = np.searchsorted(dates, people.created[person] + rng.integers(0, 120 * DAY, len(person)))
    kept = webinar < len(dates)
    pairs = np.unique(np.column_stack([person[kept], webinar[kept]]), axis=0)
    person, webinar = pairs[:, 0], pairs[:, 1]
    registered = np.maximum(dates[webinar] - rng.integers(HOUR, 10 * DAY, len(person)), people.created[person] + MINUTE)
    came = (rng.random(len(person)) < 0.5) & (registered < dates[webinar])
    show_person, show, show_at = _show_visits(rng, people)
    ids = [campaign.campaign_source_id for campaign in (*words.WEBINARS, *words.TRADE_SHOWS)]
    everybody = np.concatenate([person, person[came], show_person])
    campaign = np.concatenate([webinar, webinar[came], len(dates) + show])
    kind = np.repeat([0, 1, 1], [len(person), int(came.sum()), len(show_person)])
    at = np.concatenate([registered, dates[webinar][came] + rng.integers(0, 10 * MINUTE, int(came.sum())), show_at])
    order = np.lexsort((kind, everybody, at))
    return {
        "campaign_source_id": pick(ids, campaign[order]),
        "lead_source_id": people.ids.take(pa.array(everybody[order])),
        "response": pick(("registered", "attended"), kind[order]),
        "occurred_at": at[order],
    }


def _show_visits(rng: np.random.Generator, people: People) -> tuple[Ints, Ints, Ints]:
    """Who came from a trade show was there: at the show nearest to the day of the record."""
    channel = [channel.name for channel in words.CHANNELS].index("Event")
    person = np.flatnonzero(people.channel == channel)
    dates = np.array([moment(campaign.started) for campaign in words.TRADE_SHOWS], dtype=np.int64)
    show = np.abs(people.created[person][:, None] - dates).argmin(axis=1)
    return person, show, dates[show] + rng.integers(9 * HOUR, 16 * HOUR, len(person))
