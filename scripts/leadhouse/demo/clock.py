"""The demo world's time: a fixed period, no look at the machine's clock.

Moments are whole milliseconds since 1970 (UTC) in int64 arrays; `NEVER` stands for something that does not happen.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = int(np.iinfo(np.int64).max)

WORLD_START = datetime(2025, 1, 1, tzinfo=UTC)
WORLD_END = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
START = int(WORLD_START.timestamp()) * SECOND
END = int(WORLD_END.timestamp()) * SECOND
DAYS = (END - START) // DAY + 1

_WEEKDAY_WEIGHT = np.array([1.05, 1.15, 1.15, 1.1, 0.9, 0.3, 0.35])
_HOUR_WEIGHT = np.array(
    [2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 14, 17, 18, 17, 15, 12, 9, 8, 7, 6, 4, 3], dtype=np.float64
)


def moment(text: str) -> int:
    """The moment of an ISO date or time such as `2026-03-02 10:00:00` (UTC)."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * SECOND)


def text_of(at: int) -> str:
    """ISO text of a moment, to the millisecond; the reverse of `moment`."""
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{at % SECOND:03d}"


def day_weights() -> Floats:
    """How busy each day of the world is: working week, growth, quiet August and turn of the year."""
    days = np.arange(DAYS)
    weekday = (days + WORLD_START.weekday()) % 7
    months = (np.datetime64(WORLD_START.date(), "D") + days).astype("datetime64[M]").astype(np.int64) % 12
    season = np.where((months == 7) | (months == 11), 0.8, 1.0)
    growth = 1 + 0.5 * days / DAYS
    return np.asarray(_WEEKDAY_WEIGHT[weekday] * season * growth, dtype=np.float64)


def draw_moments(rng: np.random.Generator, count: int) -> Ints:
    """Random moments of the world, denser on busy days and at office hours."""
    weights = day_weights()
    day = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(count))
    hours = np.cumsum(_HOUR_WEIGHT) / _HOUR_WEIGHT.sum()
    hour = np.searchsorted(hours, rng.random(count))
    drawn = START + day * DAY + hour * HOUR + rng.integers(0, HOUR, count)
    return np.asarray(np.minimum(drawn, END - HOUR), dtype=np.int64)


def later(rng: np.random.Generator, since: Ints, median_days: float | Floats, spread: float = 0.8) -> Ints:
    """`since` plus a log-normal delay; `NEVER` stays `NEVER`."""
    delay = median_days * np.exp(rng.normal(0, spread, len(since))) * DAY
    return np.where(since == NEVER, NEVER, np.where(since == NEVER, 0, since) + delay.astype(np.int64))


def at_work(moments: Ints) -> Ints:
    """Move what would fall on a weekend or outside 08:00-18:00 to the next office morning, keeping its minutes."""
    happens = moments != NEVER
    base = np.where(happens, moments, START)
    hour = (base // HOUR) % 24
    base = np.where(hour < 8, base + (8 - hour) * HOUR, np.where(hour >= 18, base + (32 - hour) * HOUR, base))
    weekday = (base // DAY + 3) % 7  # 1970-01-01 was a Thursday
    base = np.where(weekday >= 5, base + (7 - weekday) * DAY, base)
    return np.where(happens, base, NEVER)


def within(moments: Ints) -> Ints:
    """What would happen after the world's end does not happen."""
    return np.where(moments > END, NEVER, moments)
