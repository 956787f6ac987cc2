"""Who the people of one cohort are: their company, their channel, and what they are truly worth.

Three hidden traits decide everything else. *Fit* shows in attributes and, with *intent*, in whether a deal is won;
intent shows in the pages and forms that predict a win; *curiosity* shows in blog reading, likes and newsletter opens,
and predicts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, START, Flags, Floats, Ints, draw_moments
from leadhouse.demo.columns import choose, glue, numbered, pick, weighted, weighted_by_row
from leadhouse.demo.names import NamePools

# What an address is at. The shares beside them are of all people.
COMPANY_MAIL, FREE_MAIL, DISPOSABLE, COMPETITOR, STAFF, STUDENT = range(6)
_MAIL_SHARES = (0.785, 0.18, 0.008, 0.008, 0.004, 0.015)
INTENT_STEPS = 5
CURIOSITY_STEPS = 3
VISITORS_PER_PERSON = 12  # room in the numbering of visitors: own device, second device, anonymous ones


@dataclass(frozen=True)
class Companies:
    """The companies of one cohort."""

    numbers: Ints
    name: pa.Array
    domain: pa.Array
    industry: Ints
    employees: Ints
    revenue: Floats
    country: Ints
    created: Ints

    @property
    def ids(self) -> pa.Array:
        return numbered("acc-", self.numbers)


@dataclass(frozen=True)
class People:
    """The people of one cohort; all arrays have one element per person."""

    numbers: Ints
    channel: Ints
    fit: Floats
    intent: Floats
    curiosity: Floats
    company: Ints
    mail_kind: Ints
    given: Ints
    family: Ints
    title: Ints
    budget: Floats  # 0: unknown
    timeframe: Ints  # -1: unknown
    owner: Ints  # -1: none
    created: Ints  # when the person left an address; the CRM record follows within seconds
    entry_action: Ints  # index into ACTIONS: how the person left the address
    visitor: Ints
    on_web: Flags
    in_crm: Flags
    has_phone: Flags
    subscribes: Flags
    mail_bounces: Flags
    has_scanner: Flags
    email: pa.Array

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def ids(self) -> pa.Array:
        return numbered("lead-", self.numbers)

    @property
    def value(self) -> Floats:
        """What decides whether the person buys."""
        eager = np.array([action.name in words.EAGER_ACTIONS for action in words.ACTIONS])
        return np.asarray(0.45 * self.fit + 0.75 * self.intent + 0.9 * eager[self.entry_action], dtype=np.float64)

    @property
    def behaviour_row(self) -> Ints:
        """Which row of a behaviour matrix the person follows: intent step by curiosity step."""
        intent = np.digitize(self.intent, [-1.2, -0.4, 0.4, 1.2])
        curiosity = np.digitize(self.curiosity, [-0.5, 0.5])
        return np.asarray(intent * CURIOSITY_STEPS + curiosity, dtype=np.int64)


def behaviour_weights(items: list[tuple[float, float, float]]) -> Floats:
    """Weights of (base, intent slope, curiosity slope) items for every intent and curiosity step."""
    base, intent, curiosity = np.array(items, dtype=np.float64).T
    intent_step = (np.arange(INTENT_STEPS) - INTENT_STEPS // 2).repeat(CURIOSITY_STEPS)[:, None]
    curiosity_step = np.tile(np.arange(CURIOSITY_STEPS) - CURIOSITY_STEPS // 2, INTENT_STEPS)[:, None]
    return np.asarray(base * np.exp(intent * intent_step + curiosity * curiosity_step), dtype=np.float64)


def draw_companies(rng: np.random.Generator, pools: NamePools, first: int, count: int) -> Companies:
    """`count` companies, sorted from worse to better fit."""
    fit = np.sort(rng.normal(0, 1, count))
    numbers = np.arange(first, first + count)
    place = numbers % len(pools.company)
    # Names repeat in a large world; web names never do.
    turn = numbers // len(pools.company)
    slug = pick(pools.company_slug, place)
    slug = choose(turn > 0, glue(slug, "-", numbered("", turn, 1)), slug)
    employees = np.exp(4.6 + 0.55 * fit + rng.normal(0, 1.2, count)).astype(np.int64) + 1
    revenue = employees * np.exp(rng.normal(11.6, 0.5, count))
    spot = np.clip((len(words.INDUSTRIES) * _normal_share(0.7 * fit + rng.normal(-0.15, 0.75, count))), 0, None)
    return Companies(
        numbers=numbers,
        name=pick(pools.company, place),
        domain=glue(slug, ".example"),
        industry=np.minimum(spot.astype(np.int64), len(words.INDUSTRIES) - 1),
        employees=employees,
        revenue=np.round(revenue, -3),
        country=weighted(rng, words.COUNTRY_WEIGHTS, count),
        created=START - rng.integers(1, 900, count) * DAY,
    )


def draw_people(rng: np.random.Generator, pools: NamePools, companies: Companies, first: int, count: int) -> People:
    """`count` people numbered from `first`."""
    channel = weighted(rng, [channel.share for channel in words.CHANNELS], count)
    fit = np.array([channel.quality for channel in words.CHANNELS])[channel] + rng.normal(0, 1, count)
    intent = np.array([channel.intent for channel in words.CHANNELS])[channel] + rng.normal(0, 1, count)
    curiosity = rng.normal(0, 1, count)
    spot = _normal_share(0.65 * fit + rng.normal(0, 0.8, count)) * len(companies.numbers)
    company = np.minimum(spot.astype(np.int64), len(companies.numbers) - 1)
    mail_kind = weighted(rng, _MAIL_SHARES, count)
    given = rng.integers(0, len(pools.given), count)
    family = rng.integers(0, len(pools.family), count)
    on_web = np.array([channel.has_website_entry for channel in words.CHANNELS])[channel]
    numbers = np.arange(first, first + count)
    created = draw_moments(rng, count)
    visitor = _with_shared_devices(rng, numbers * VISITORS_PER_PERSON, created, on_web)
    entry = behaviour_weights([(action.entry_weight, action.intent, 0.0) for action in words.ACTIONS])
    people = People(
        numbers=numbers,
        channel=channel,
        fit=fit,
        intent=intent,
        curiosity=curiosity,
        company=company,
        mail_kind=mail_kind,
        given=given,
        family=family,
        title=_titles(rng, fit, mail_kind),
        budget=_budgets(rng, intent, companies.employees[company]),
        timeframe=_timeframes(rng, intent),
        owner=np.where(rng.random(count) < 0.05, -1, rng.integers(0, len(words.OWNERS), count)),
        created=created,
        entry_action=np.zeros(count, dtype=np.int64),
        visitor=visitor,
        on_web=on_web,
        in_crm=~on_web | (rng.random(count) >= 0.02),
        has_phone=rng.random(count) < 0.38 + 0.12 * np.clip(intent, -2, 2),
        subscribes=rng.random(count) < 0.35,
        mail_bounces=rng.random(count) < 0.02,
        has_scanner=(mail_kind == COMPANY_MAIL) & (rng.random(count) < 0.03),
        email=_addresses(pools, companies, numbers, given, family, mail_kind, company),
    )
    return replace(people, entry_action=weighted_by_row(rng, entry, people.behaviour_row))


def _normal_share(values: Floats) -> Floats:
    """Share of a standard normal below each value (logistic approximation)."""
    return np.asarray(1 / (1 + np.exp(-1.702 * values)), dtype=np.float64)


def _with_shared_devices(rng: np.random.Generator, own: Ints, created: Ints, on_web: Flags) -> Ints:
    """Let every hundredth person leave the address on the device of somebody who did so before."""
    visitor = own.copy()
    pairs = rng.permutation(np.flatnonzero(on_web))
    pairs = pairs[: 2 * min(len(own) // 100, len(pairs) // 2)].reshape(-1, 2)
    earlier = np.where(created[pairs[:, 0]] < created[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    after = pairs.sum(axis=1) - earlier
    visitor[after] = own[earlier]
    return visitor


def _titles(rng: np.random.Generator, fit: Floats, mail_kind: Ints) -> Ints:
    rank = _normal_share(0.8 * fit + rng.normal(-0.35, 0.7, len(fit))) * len(words.JOB_TITLES)
    title = np.clip(rank.astype(np.int64), 2, len(words.JOB_TITLES) - 1)
    title = np.where(rng.random(len(fit)) < 0.22, -1, title)
    return np.where(mail_kind == STUDENT, words.STUDENT_TITLE, title)


def _budgets(rng: np.random.Generator, intent: Floats, employees: Ints) -> Floats:
    known = rng.random(len(intent)) < 0.18 + 0.1 * np.clip(intent, -1.5, 2)
    budget = np.round(np.exp(7.6 + 0.25 * np.log(employees) + 0.25 * intent + rng.normal(0, 0.7, len(intent))), -2)
    return np.where(known, budget, 0.0)


def _timeframes(rng: np.random.Generator, intent: Floats) -> Ints:
    known = rng.random(len(intent)) < 0.35
    rank = _normal_share(0.8 * intent + rng.normal(-0.2, 0.7, len(intent))) * len(words.TIMEFRAMES)
    return np.where(known, np.clip(rank.astype(np.int64), 0, len(words.TIMEFRAMES) - 1), -1)


def _addresses(
    pools: NamePools, companies: Companies, numbers: Ints, given: Ints, family: Ints, mail_kind: Ints, company: Ints
) -> pa.Array:
    """One address per person, unique through the person's number; real mail services only under `demo-`."""
    local = glue(pick(pools.given_slug, given), ".", pick(pools.family_slug, family), numbered("", numbers, 1))
    other = (
        words.FREE_MAIL,
        words.DISPOSABLE_MAIL,
        words.COMPETITOR_DOMAINS,
        (words.OWN_DOMAIN,),
        (words.STUDENT_DOMAIN,),
    )
    flat = [domain for domains in other for domain in domains]
    sizes = np.array([1] + [len(domains) for domains in other])
    starts = np.concatenate([[0, 0], np.cumsum(sizes[1:])[:-1]])
    place = np.where(mail_kind == COMPANY_MAIL, -1, starts[mail_kind] + numbers % sizes[mail_kind])
    domain = choose(mail_kind == COMPANY_MAIL, pick(companies.domain, company), pick(flat, place))
    real_service = (mail_kind == FREE_MAIL) | (mail_kind == DISPOSABLE)
    return glue(choose(real_service, glue("demo-", local), local), "@", domain)
