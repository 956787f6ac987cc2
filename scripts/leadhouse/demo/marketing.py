"""Campaigns and daily ad spend: not a matter of single people, but of how many people each channel is to bring."""

from __future__ import annotations

import numpy as np

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, DAYS, START, day_weights, moment
from leadhouse.demo.columns import Columns, pick

_PLATFORMS = {
    "google": "Google Ads",
    "bing": "Microsoft Advertising",
    "linkedin": "LinkedIn Ads",
    "facebook": "Meta Ads",
    "display-network": "Display Network",
    "deals-site": "Affiliate Network",
    "youtube": "Google Ads",
}


def campaign_rows() -> Columns:
    """Rows of `campaigns`."""
    return {
        "campaign_source_id": [item.campaign_source_id for item in words.CAMPAIGNS],
        "name": [item.name for item in words.CAMPAIGNS],
        "kind": [item.kind for item in words.CAMPAIGNS],
        "cost": np.array([item.cost for item in words.CAMPAIGNS]),
        "started_at": np.array([moment(item.started) for item in words.CAMPAIGNS]),
        "ended_at": np.array([moment(item.ended) for item in words.CAMPAIGNS]),
    }


def ad_spend_rows(rng: np.random.Generator, leads: int) -> Columns:
    """Rows of `ad_spend`: per day and campaign, in proportion to the leads that the channel is to bring."""
    costs = {channel.name: channel.cost_per_lead * channel.share * leads for channel in words.CHANNELS}
    lines = [
        (
            source,
            campaign,
            costs[source.channel] * source.weight / _paid_weight(source.channel) / len(source.utm_campaigns),
        )
        for source in words.SOURCES
        for campaign in source.utm_campaigns
        if costs.get(source.channel)
    ]
    weights = day_weights()
    line = np.tile(np.arange(len(lines)), DAYS)
    day = np.repeat(np.arange(DAYS), len(lines))
    budget = np.array([total for _, _, total in lines])[line] * weights[day] / weights.sum()
    spend = np.round(budget * np.exp(rng.normal(-0.02, 0.2, len(line))), 2)
    clicks = np.round(spend / rng.uniform(2.0, 4.5, len(line))).astype(np.int64)
    sources = [source for source, _, _ in lines]
    return {
        "spend_date": START + day * DAY,
        "platform": pick([_PLATFORMS[source.utm_source or ""] for source in sources], line),
        "utm_source": pick([source.utm_source for source in sources], line),
        "utm_medium": pick([source.utm_medium for source in sources], line),
        "utm_campaign": pick([campaign for _, campaign, _ in lines], line),
        "impressions": clicks * rng.integers(25, 90, len(line)),
        "clicks": clicks,
        "spend": spend,
    }


def _paid_weight(channel: str) -> float:
    """Weight of a channel's sources whose spend is reported under a campaign."""
    return sum(source.weight for source in words.SOURCES if source.channel == channel and source.utm_campaigns)
