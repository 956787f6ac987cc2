"""Web events: the pages and actions of every visit, likes and follows, crawlers, late and repeated rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, END, HOUR, MINUTE, NEVER, SECOND, START, Flags, Ints, draw_moments
from leadhouse.demo.columns import Columns, choose, glue, numbered, pick, weighted_by_row
from leadhouse.demo.people import VISITORS_PER_PERSON, People, behaviour_weights
from leadhouse.demo.visits import Visits

_PATHS = [path for page in words.PAGES for path in page.paths]
_FIRST_PATH = np.cumsum([0] + [len(page.paths) for page in words.PAGES])[:-1]
_PATHS_OF_PAGE = np.array([len(page.paths) for page in words.PAGES])
_SECONDS_OF_PAGE = np.array([page.seconds for page in words.PAGES])
_URLS = pa.array([words.SITE + path for path in _PATHS] + [words.SITE + action.path for action in words.ACTIONS])
_LONGEST_GAP = 25 * MINUTE  # shorter than any usual session timeout
_LATE_SHARE = 0.01
_REPEAT_SHARE = 0.004
_CRAWLER_SHARE = 0.015


@dataclass(frozen=True)
class WebNoise:
    """How many rows of a batch are not what they seem."""

    crawlers: int
    late: int
    repeated: int


@dataclass(frozen=True)
class _Events:
    """Events of visits before they become columns; `page` indexes `_URLS`, `action` is 0 for page views."""

    visit: Ints
    at: Ints
    page: Ints
    action: Ints
    engaged: Ints  # milliseconds, NEVER for actions
    is_landing: Flags


def web_event_rows(
    rng: np.random.Generator, people: People, visits: Visits, first_event: int
) -> tuple[Columns, WebNoise]:
    """Rows of `web_events` for one cohort, with event ids from `first_event` on."""
    events = _expand(rng, visits)
    columns = pa.table(_visit_columns(rng, people, visits, events))
    social = pa.table(_social_columns(rng, people))
    crawlers = pa.table(_crawler_columns(rng, people, round(_CRAWLER_SHARE * len(columns))))
    table = pa.concat_tables([columns, social, crawlers], promote_options="default").combine_chunks()
    at = table["occurred_at"].to_numpy()
    count = len(table)
    late = rng.random(count) < _LATE_SHARE
    delay = np.where(late, rng.integers(DAY, 6 * DAY, count), rng.integers(30 * SECOND, 10 * MINUTE, count))
    loaded = np.minimum(at + delay, END)
    table = table.append_column("event_id", numbered("w", first_event + np.arange(count), 9))
    # The crawlers' rows are the last ones; a repeated row of theirs would be no duplicate but a crawler's again.
    repeated = np.flatnonzero(rng.random(count - len(crawlers)) < _REPEAT_SHARE)
    rows = np.concatenate([np.arange(count), repeated])
    loaded = np.concatenate([loaded, np.minimum(loaded[repeated] + 5 * MINUTE, END)])
    order = np.lexsort((rows, loaded))
    table = table.take(pa.array(rows[order]))
    result: Columns = {name: table[name].combine_chunks() for name in table.column_names}
    result["loaded_at"] = loaded[order]
    for name in ("occurred_at", "engaged_seconds"):
        result[name] = result[name].to_numpy(zero_copy_only=False)
    return result, WebNoise(len(crawlers), int((loaded[:count] - at >= DAY).sum()), len(repeated))


def _expand(rng: np.random.Generator, visits: Visits) -> _Events:
    anonymous = visits.person < 0
    pages = np.minimum(np.where(anonymous, rng.geometric(0.22, len(visits)), rng.geometric(0.19, len(visits))), 25)
    visit = np.repeat(np.arange(len(visits)), pages)
    weights = behaviour_weights([(page.weight, page.intent, page.curiosity) for page in words.PAGES])
    page = weighted_by_row(rng, weights, visits.behaviour[visit])
    seconds = _SECONDS_OF_PAGE[page] * np.exp(rng.normal(-0.1, 0.75, len(page)))
    gap = np.minimum((seconds * SECOND).astype(np.int64) + SECOND, _LONGEST_GAP)
    engaged = (gap * rng.uniform(0.45, 0.98, len(gap))).astype(np.int64) // 100 * 100
    first = np.cumsum(pages) - pages
    total = np.add.reduceat(gap, first)
    start = np.where(
        visits.ends_at == NEVER, visits.start, np.where(visits.ends_at == NEVER, 0, visits.ends_at) - total
    )
    elapsed = np.cumsum(gap) - gap
    at = start[visit] + elapsed - elapsed[first][visit]
    is_landing = np.zeros(len(visit), dtype=np.bool_)
    is_landing[first] = True
    path = _FIRST_PATH[page] + rng.integers(0, 1_000_000, len(page)) % _PATHS_OF_PAGE[page]
    acting = np.flatnonzero(visits.action > 0)
    nothing = np.zeros(len(visit), dtype=np.int64)
    merged = _Events(
        visit=np.concatenate([visit, acting]),
        at=np.concatenate([at, start[acting] + total[acting]]),
        page=np.concatenate([path, len(_PATHS) + visits.action[acting]]),
        action=np.concatenate([nothing, visits.action[acting]]),
        engaged=np.concatenate([engaged, np.full(len(acting), NEVER)]),
        is_landing=np.concatenate([is_landing, np.zeros(len(acting), dtype=np.bool_)]),
    )
    kept = (merged.at >= START) & (merged.at <= END - MINUTE)
    return _Events(*(getattr(merged, name)[kept] for name in _Events.__dataclass_fields__))


def _visit_columns(rng: np.random.Generator, people: People, visits: Visits, events: _Events) -> Columns:
    action = events.action
    person = visits.person[events.visit]
    source = np.where(events.is_landing, visits.source[events.visit], -1)
    names_person = np.array([item.names_person for item in words.ACTIONS])[action] & (action > 0) & (person >= 0)
    email = pick(people.email, np.where(names_person, person, -1))
    typed_loosely = rng.random(len(action)) < 0.05
    user = np.where(events.is_landing & visits.names_user[events.visit], person, -1)
    visitor = visits.visitor[events.visit]
    campaigns, campaign = _campaigns_of(source, visitor)
    url, click_id = _landing_urls(pick(_URLS, events.page), source, visitor, events.visit)
    inside = pick([words.SITE + "/"], np.where(events.is_landing, -1, 0))
    return {
        "visitor_id": numbered("v", visitor, 9),
        "user_id": pick(people.ids, user),
        "email": choose(typed_loosely, glue(" ", pc.utf8_upper(email)), email),
        "event_name": pick(["page_view"] + [item.event_name for item in words.ACTIONS[1:]], action),
        "occurred_at": events.at,
        "page_url": url,
        "referrer_url": pc.coalesce(pick([item.referrer for item in words.SOURCES], source), inside),
        "utm_source": pick([item.utm_source for item in words.SOURCES], source),
        "utm_medium": pick([item.utm_medium for item in words.SOURCES], source),
        "utm_campaign": pick(campaigns, campaign),
        "click_id": click_id,
        "form_name": pick([item.form_name for item in words.ACTIONS], action),
        "asset_name": _asset_names(action, visitor),
        "engaged_seconds": np.where(events.engaged == NEVER, np.nan, events.engaged / SECOND),
        "user_agent": pick(words.BROWSERS, visitor % 97 % len(words.BROWSERS)),
    }


def _campaigns_of(source: Ints, visitor: Ints) -> tuple[list[str], Ints]:
    """Pool of campaign names, and each event's index in it (-1: none)."""
    pool = [name for item in words.SOURCES for name in item.utm_campaigns]
    sizes = np.array([len(item.utm_campaigns) for item in words.SOURCES])
    starts = np.cumsum(sizes) - sizes
    has = (source >= 0) & (sizes[source] > 0)
    return pool, np.where(has, starts[source] + visitor // VISITORS_PER_PERSON % np.maximum(sizes[source], 1), -1)


def _landing_urls(url: pa.Array, source: Ints, visitor: Ints, visit: Ints) -> tuple[pa.Array, pa.Array]:
    """Landing pages of paid clicks carry the click id."""
    parameter = pick([item.click_parameter for item in words.SOURCES], source)
    paid = np.flatnonzero(parameter.is_valid())
    at = pa.array(paid)
    click_id = glue(numbered("EAIaIQobChMI", visitor[paid], 9), numbered("", visit[paid] % 1000, 3))
    base = url.take(at)
    sign = pc.if_else(pc.match_substring(base, "?"), "&", "?")
    marked = glue(base, sign, parameter.take(at), "=", click_id)
    mask = np.zeros(len(url), dtype=np.bool_)
    mask[paid] = True
    return pc.replace_with_mask(url, pa.array(mask), marked), pc.replace_with_mask(
        pa.nulls(len(url), pa.string()), pa.array(mask), click_id
    )


def _asset_names(action: Ints, visitor: Ints) -> pa.Array:
    pool = [name for item in words.ACTIONS for name in item.assets]
    sizes = np.array([len(item.assets) for item in words.ACTIONS])
    starts = np.cumsum(sizes) - sizes
    return pick(
        pool,
        np.where(sizes[action] > 0, starts[action] + visitor // VISITORS_PER_PERSON % np.maximum(sizes[action], 1), -1),
    )


def _social_columns(rng: np.random.Generator, people: People) -> Columns:
    """Likes and follows: they come from curiosity, not from intent. The social tool names the person."""
    mean = np.where(people.on_web, 0.4 * np.exp(0.7 * np.clip(people.curiosity, -2, 2)), 0.0)
    person = np.repeat(np.arange(len(people)), rng.poisson(mean))
    at = people.created[person] + HOUR + (rng.exponential(60.0, len(person)) * DAY).astype(np.int64)
    kept = at < END - HOUR
    person, at = person[kept], at[kept]
    return {
        "visitor_id": numbered("social-", people.numbers[person]),
        "email": people.email.take(pa.array(person)),
        "event_name": pick(words.SOCIAL_EVENTS, rng.integers(0, len(words.SOCIAL_EVENTS), len(person))),
        "occurred_at": at,
    }


def _crawler_columns(rng: np.random.Generator, people: People, count: int) -> Columns:
    crawler = rng.integers(0, max(count // 12, 1), count)
    moments = draw_moments(rng, int(crawler.max(initial=0)) + 1)
    at = np.minimum(moments[crawler] + rng.integers(0, HOUR, count), END - MINUTE)
    return {
        "visitor_id": glue(
            "crawler-", numbered("", people.numbers[crawler % len(people)]), "-", numbered("", crawler, 1)
        ),
        "event_name": pick(["page_view"], np.zeros(count, dtype=np.int64)),
        "occurred_at": at,
        "page_url": pick(_URLS, rng.integers(0, len(_PATHS), count)),
        "user_agent": pick(words.CRAWLERS, crawler % len(words.CRAWLERS)),
    }
