"""Pools of names and company names, the same for every seed of NumPy's generator given the same demo seed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
from mimesis import Locale, Person

from leadhouse.demo.vocabulary import COMPANY_WORDS

_DRAWS = 20_000


@dataclass(frozen=True)
class NamePools:
    """Distinct given names, family names, and company names with the web name of each."""

    given: pa.Array
    given_slug: pa.Array
    family: pa.Array
    family_slug: pa.Array
    company: pa.Array
    company_slug: pa.Array


def name_pools(seed: int) -> NamePools:
    """Draw the pools. Companies are a family name and a trade, so that no real company is meant."""
    person = Person(Locale.EN, seed=seed)
    given = _distinct([person.first_name() for _ in range(_DRAWS)])
    family = _distinct([person.last_name() for _ in range(_DRAWS)])
    # Neighbours in the pool differ in both parts: the trade moves on with every name.
    companies = [
        f"{name} {COMPANY_WORDS[(place + turn) % len(COMPANY_WORDS)]}"
        for turn in range(len(COMPANY_WORDS))
        for place, name in enumerate(family)
    ]
    return NamePools(
        given=pa.array(given),
        given_slug=pa.array([_slug(name) for name in given]),
        family=pa.array(family),
        family_slug=pa.array([_slug(name) for name in family]),
        company=pa.array(companies),
        company_slug=pa.array([_slug(name) for name in companies]),
    )


def _distinct(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
