"""The demo world: a raw folder in the contract's shape, the same bytes for the same seed and size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from leadhouse.demo import crm, marketing, messages, plants, sales, truths, web
from leadhouse.demo.clock import SECOND
from leadhouse.demo.columns import Columns, with_copies
from leadhouse.demo.folder import FORMATS, RawFolder
from leadhouse.demo.journey import draw_journey
from leadhouse.demo.names import NamePools, name_pools
from leadhouse.demo.people import draw_companies, draw_people
from leadhouse.demo.personas import Persona, write_personas
from leadhouse.demo.plants import Reasons
from leadhouse.demo.schemas import contract_schemas
from leadhouse.demo.script import Script
from leadhouse.demo.visits import draw_visits
from leadhouse.errors import InputError, Problem

COHORT = 5_000  # people drawn at a time; bounds the memory
_COPY_SHARE = 0.005


@dataclass(frozen=True)
class WorldSummary:
    """What was written: rows per entity, and the planted truths (JSON-serialisable) that a good tool must find.

    `planted` holds `rows` (per entity, what becomes of the rows that are not conformed), `personas` (per id: e-mail,
    story and expected outcome), `identities`, `tally` (how many of each planted thing), `channels` and `funnel_by_crm`.
    """

    output: Path
    leads: int
    seed: int
    counts: Mapping[str, int]
    planted: Mapping[str, Any]


@dataclass
class _Ledger:
    """What is planted, added up over the cohorts."""

    reasons: Reasons = field(default_factory=Counter)
    tally: Counter[str] = field(default_factory=Counter)
    channels: truths.ChannelTotals = field(default_factory=truths.channel_totals)
    funnel: Counter[str] = field(default_factory=Counter)


def write_world(output: Path, leads: int = 3000, seed: int = 1) -> WorldSummary:
    """Write the demo world of `leads` people into the folder `output`, replacing an earlier one.

    Raises InputError when `leads` is not positive or `output` holds other files of the same entities.
    """
    if leads < 1:
        raise InputError(
            [Problem("--leads", f"a world of {leads} people cannot be written", "Give a number above zero")]
        )
    pools = name_pools(seed)
    ledger = _Ledger()
    with RawFolder(output, contract_schemas()) as folder:
        _write_marketing(folder, np.random.default_rng([seed, 0]), leads, ledger)
        for first in range(0, leads, COHORT):
            # One stream per cohort: a larger world begins with the same people as a smaller one of whole cohorts.
            rng = np.random.default_rng([seed, 1 + first // COHORT])
            _write_cohort(rng, pools, folder, first + 1, min(COHORT, leads - first), ledger)
        personas, identities = _write_scripts(folder, ledger)
        folder.commit()
        return WorldSummary(output, leads, seed, dict(folder.counts), _planted(ledger, personas, identities))


def _write_marketing(folder: RawFolder, rng: np.random.Generator, leads: int, ledger: _Ledger) -> None:
    folder.append("campaigns", marketing.campaign_rows())
    spend = marketing.ad_spend_rows(rng, leads)
    _append_with_copies(folder, "ad_spend", rng, spend, 3 / len(spend["spend"]), ledger)


def _append_with_copies(
    folder: RawFolder, entity: str, rng: np.random.Generator, columns: Columns, share: float, ledger: _Ledger
) -> None:
    columns, copies = with_copies(rng, columns, share)
    ledger.reasons[entity, "duplicate"] += copies
    folder.append(entity, columns)


def _write_cohort(
    rng: np.random.Generator, pools: NamePools, folder: RawFolder, first: int, count: int, ledger: _Ledger
) -> None:
    companies = draw_companies(rng, pools, first, max(count * 11 // 20, 1))
    people = draw_people(rng, pools, companies, first, count)
    journey = draw_journey(rng, people)
    crm_created = people.created + rng.integers(1, 40, count) * SECOND
    changes = sales.status_changes(people, crm_created, journey)
    folder.append("accounts", crm.account_rows(companies))
    mail, mail_noise, left = messages.message_event_rows(rng, people, journey, folder.counts["message_events"])
    folder.append("message_events", mail)
    opted_out = left | (rng.random(count) < 0.02)
    lead_columns, lead_noise = crm.lead_rows(rng, pools, people, companies, changes, crm_created, opted_out)
    folder.append("leads", lead_columns)
    for entity, columns in (
        ("lead_status_history", sales.status_rows(people, journey, changes)),
        ("lead_attributes", crm.attribute_rows(rng, people, crm_created)),
        ("campaign_responses", crm.response_rows(rng, people)),
    ):
        _append_with_copies(folder, entity, rng, columns, _COPY_SHARE, ledger)
    folder.append("sales_activities", sales.sales_activity_rows(rng, people, journey))
    folder.append("opportunities", sales.opportunity_rows(rng, people, companies, journey))
    folder.append("score_adjustments", crm.adjustment_rows(rng, people, crm_created))
    visits = draw_visits(rng, people, journey)
    events, web_noise = web.web_event_rows(rng, people, visits, folder.counts["web_events"])
    folder.append("web_events", events)
    ledger.reasons.update(
        {
            ("leads", "duplicate"): lead_noise.old_copies,
            ("web_events", "bot"): web_noise.crawlers,
            ("web_events", "duplicate"): web_noise.repeated,
            ("message_events", "bot"): mail_noise.scanners,
            ("message_events", "duplicate"): mail_noise.repeated,
        }
    )
    ledger.tally.update(truths.planted_people(people, journey, visits, opted_out))
    ledger.tally.update(
        {
            "second records with the same e-mail": lead_noise.twins,
            "second records merged by hand": lead_noise.merged,
            "late web events": web_noise.late,
            "late message events": mail_noise.late,
        }
    )
    truths.add_channels(ledger.channels, people, journey)
    ledger.funnel.update(truths.funnel_by_crm(people, journey))


def _write_scripts(folder: RawFolder, ledger: _Ledger) -> tuple[list[Persona], dict[str, Any]]:
    script = Script("planted")
    personas = write_personas(script)
    ledger.reasons["message_events", "bot"] += sum(persona.scanner_rows for persona in personas)
    identities = plants.write_identities(script)
    identities |= plants.write_loose_ends(script)
    identities |= plants.write_lenient_rule(script)
    identities |= plants.write_crawlers(script, ledger.reasons)
    identities |= plants.write_nasty_values(script)
    plants.write_copies(script, ledger.reasons)
    identities |= plants.write_broken_rows(script, ledger.reasons, frozenset(FORMATS))
    for entity, rows in script.rows.items():
        folder.append_rows(entity, rows)
    return personas, identities


def _planted(ledger: _Ledger, personas: list[Persona], identities: dict[str, Any]) -> dict[str, Any]:
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    for (entity, reason), count in sorted(ledger.reasons.items()):
        rows[entity][reason] = count
    return {
        "rows": dict(rows),
        "personas": {persona.name: persona.as_json() for persona in personas},
        "identities": identities,
        "tally": dict(ledger.tally),
        "channels": truths.channel_summary(ledger.channels),
        "funnel_by_crm": dict(ledger.funnel),
    }
