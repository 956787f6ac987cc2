"""Learn a scorecard of few rules and whole points from what was known of each lead and what became of it.

`learn_card` learns; `judge_points` learns and says how far to trust it. Both are pure functions of their arguments: the same
leads give the same card. Everything that is chosen (bins, lists of values, conditions, their number, points) is chosen from
the leads that are learned from, never from those that judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.points_card import Card, CardRule, Points
from leadhouse.tuning.points_checks import (
    Drift,
    Leak,
    OddSign,
    alone_aucs,
    find_drift,
    find_leaks,
    find_odd_signs,
    strong_columns,
    tells_time,
)
from leadhouse.tuning.points_columns import Bins, Codes, Column, Condition, Flags, Floats, by_name, learn_bins
from leadhouse.tuning.points_logistic import base_rates, fit_logistic, loss_of
from leadhouse.tuning.points_quality import (
    LIFT_LEVEL,
    Band,
    Interval,
    Quality,
    auc_interval,
    auc_variance,
    average_precision,
    bands,
    brier,
    mean_auc,
    wilson,
)
from leadhouse.tuning.points_rounding import round_to_card
from leadhouse.tuning.points_search import PLAIN, Model, Search, Settings

Rows = NDArray[np.int64]
Times = NDArray[np.datetime64]
# With more leads, one part of three judges the choices instead of each in turn.
SMALL = 20_000
INNER_FOLDS = 3
# A simpler card is taken when it is worse than the best by at most this share of the standard error of the difference.
PARSIMONY = 0.25
# A column that explains this share of the leads' order in time is a calendar.
CALENDAR_SHARE = 0.5
# Leads with dates are judged period by period, each by a card learned from the others; and each of so many periods has a
# base rate of its own when a card is learned.
JUDGED_PERIODS = 4
PERIODS = 6
# With more leads than this, one part is kept apart to judge instead of all parts in turn.
MANY_LEADS = 50_000
LEAST_WINS = 10
AUC_FALL = 0.05


@dataclass(frozen=True)
class PointsSettings:
    """How to learn and judge.

    `max_rules`: most rules on the card. `folds`: parts of the cross-validation. `search_rows`: of more leads, a sample of
    this size is searched (with all wins, as far as they fit), and points are set on all. `earlier_share`: of leads with
    dates, the share to learn from while the later ones judge. `with_yardstick`: compare with boosted trees.
    """

    max_rules: int = 15
    folds: int = 5
    seed: int = 0
    search_rows: int = 40_000
    earlier_share: float = 0.7
    with_yardstick: bool = True


@dataclass(frozen=True)
class Chosen:
    """What inner validation chose: number of rules asked for, gates or not, and the columns left out as calendars.

    `is_steady` is False when leads had dates, but no rule held from one period to another, so that the dates were ignored.
    """

    count_rules: int
    with_gates: bool
    calendars: tuple[str, ...] = ()
    is_steady: bool = True


@dataclass(frozen=True)
class RuleFigures:
    """One rule on the leads it was learned from: for whom it holds, and what became of them; `lift` over all leads."""

    rule_id: str
    group_id: str
    condition: Condition
    points: int
    leads: int
    wins: int
    rate: Interval | None
    lift: Interval | None


@dataclass(frozen=True)
class Yardstick:
    """What boosted trees reach on the same leads, and what the card gives up against them."""

    auc: Interval
    loss: float


@dataclass(frozen=True)
class LaterCard:
    """A card learned from the earlier leads, on the later ones that it never saw.

    `earlier_auc` is of the leads it was learned from, and so flatters it.
    """

    card: Card
    chosen: Chosen
    earlier_auc: float
    later: Quality
    bands: list[Band]
    drift: list[Drift]


@dataclass(frozen=True)
class TimeSplit:
    """What cards learned from the leads before `until` are worth for the leads from then on.

    `steady` was learned as the card of the report: dates known, so that only what holds from one period to another counts.
    `careless` was learned as if the leads came in no order. The difference, and the rules of `careless` that moved, show what
    the dates are good for.
    """

    until: np.datetime64
    earlier_leads: int
    earlier_rate: Interval
    later_rate: Interval
    steady: LaterCard
    careless: LaterCard
    yardstick: Yardstick | None
    warnings: list[str]


@dataclass(frozen=True)
class PointsReport:
    """A card and how far to trust it.

    `held_out` and `bands` are of leads that the cards of the cross-validation have not seen, on the scale of `card`.
    `verdict` follows the time split where there are dates, else the cross-validation.
    """

    card: Card
    chosen: Chosen
    leads: int
    wins: int
    verdict: Literal["lift", "no lift"]
    held_out: Quality
    bands: list[Band]
    yardstick: Yardstick | None
    rules: list[RuleFigures]
    time_split: TimeSplit | None
    leaks: list[Leak]
    odd_signs: list[OddSign]


# ------------------------------------------------------------------------------------------------------ learning


def learn_card(
    columns: Sequence[Column], wins: Flags, settings: PointsSettings | None = None, times: Times | None = None
) -> tuple[Card, Chosen]:
    """Learn a card. With `times` (when each lead was decided on), only what holds from one period to another counts.

    Where nothing does, the card is learned as if there were no dates, and says so.
    Raises ValueError when lengths differ or two columns have one name.
    """
    settings = settings or PointsSettings()
    by_name(columns)
    if any(len(column.values) != len(wins) for column in columns):
        raise ValueError("columns and outcomes differ in length")
    everyone = np.arange(len(wins))
    if not columns or min(int(wins.sum()), int((~wins).sum())) < LEAST_WINS:
        return _no_card(wins), Chosen(0, False)
    chosen = _choose(columns, wins, settings, times)
    if times is not None and not chosen.count_rules:
        card, careless = learn_card(columns, wins, settings)
        return card, replace(careless, calendars=chosen.calendars, is_steady=False)
    if not chosen.count_rules:
        return _no_card(wins), chosen
    used = [column for column in columns if column.name not in chosen.calendars]
    task = _Task(used, wins, everyone, settings, times)
    search = task.search(chosen.with_gates, chosen.count_rules)
    model = search.polish(search.path()[-1])
    return task.card(model), chosen


class _Task:
    """Columns in bins that were learned from some leads, and a sample of those to search on."""

    def __init__(
        self, columns: Sequence[Column], wins: Flags, rows: Rows, settings: PointsSettings, times: Times | None = None
    ) -> None:
        self.columns = columns
        self.wins = wins
        self.rows = rows
        self.settings = settings
        self.bins: list[Bins] = []
        usable: list[Column] = []
        for column in columns:
            bins = learn_bins(column.take(rows))
            # A column with one value only, or none that a rule could name, says nothing.
            if bins.count + bins.has_missing + bins.has_others >= 2:
                self.bins.append(bins)
                usable.append(column)
        self.columns = usable
        self.sample, self.counts = _sample(wins, rows, settings)
        self.times = times

    def search(self, with_gates: bool, max_rules: int) -> Search:
        codes = [bins.encode(column.take(self.sample)) for bins, column in zip(self.bins, self.columns, strict=True)]
        wins = self.wins[self.sample].astype(np.float64)
        periods = None if self.times is None else periods_of(self.times[self.sample], PERIODS)
        return Search(
            self.bins, codes, wins, self.counts, Settings(max_rules=max_rules, with_gates=with_gates), periods
        )

    def codes_of(self, model: Model, rows: Rows) -> list[Codes]:
        """Return the codes of the columns that the model's places use, place by place."""
        cache: dict[int, Codes] = {}
        for place in model.places:
            if place.column not in cache:
                cache[place.column] = self.bins[place.column].encode(self.columns[place.column].take(rows))
        return [cache[place.column] for place in model.places]

    def held(self, model: Model, rows: Rows) -> Flags:
        held = [
            self.bins[place.column].holds(place.choice, codes)
            for place, codes in zip(model.places, self.codes_of(model, rows), strict=True)
        ]
        return np.column_stack(held) if held else np.zeros((len(rows), 0), dtype=np.bool_)

    def card(self, model: Model) -> Card:
        """Set the points on all leads that are learned from, not only on the sample."""
        wins, counts = self.wins[self.rows].astype(np.float64), np.ones(len(self.rows))
        periods = None if self.times is None else periods_of(self.times[self.rows], PERIODS)
        held = self.held(model, self.rows)
        matrix = _matrix(model, held)
        offset = np.zeros(len(wins))
        fit = model.fit
        for _ in range(1 if periods is None else 3):
            if periods is not None:
                offset = base_rates(matrix @ fit.weights, wins, counts, periods)
            fit = fit_logistic(matrix, wins, counts, Settings().ridge, fit.weights, offset=offset)
        return round_to_card(Model(model.places, matrix, held, fit), self.bins, wins, counts, periods, offset)


def _matrix(model: Model, held: Flags) -> Floats:
    matrix = np.ones((len(held), len(model.places) + 1))
    for number, place in enumerate(model.places):
        matrix[:, number + 1] = held[:, number]
        if place.gate != PLAIN:
            matrix[:, number + 1] *= held[:, place.gate] == place.among
    return matrix


def _no_card(wins: Flags) -> Card:
    base = min(max(float(wins.mean()) if len(wins) else 0.5, 1e-6), 1 - 1e-6)
    return Card((), (), float(np.log(base / (1 - base))), 0.0)


def _sample(wins: Flags, rows: Rows, settings: PointsSettings) -> tuple[Rows, Floats]:
    """Return the leads to search on and how many leads each stands for: all wins if they are the rarer, and some others."""
    if len(rows) <= settings.search_rows:
        return rows, np.ones(len(rows))
    generator = np.random.default_rng(settings.seed)
    won, lost = rows[wins[rows]], rows[~wins[rows]]
    count_won = min(len(won), max(settings.search_rows // 2, settings.search_rows - len(lost)))
    count_lost = min(len(lost), settings.search_rows - count_won)
    parts = [
        np.sort(generator.choice(part, count, replace=False)) for part, count in ((won, count_won), (lost, count_lost))
    ]
    weights = [np.full(count, len(part) / count) for part, count in ((won, count_won), (lost, count_lost))]
    return np.concatenate(parts), np.concatenate(weights)


# --------------------------------------------------------------------------------------------- inner validation


def _choose(columns: Sequence[Column], wins: Flags, settings: PointsSettings, times: Times | None) -> Chosen:
    """Choose the number of rules, and whether they may stand behind gates, on leads kept apart from the learning."""
    if len(wins) > settings.search_rows:
        # Which choice is better shows on half the sample as well.
        settings = replace(settings, search_rows=settings.search_rows // 2)
    folds = list(_inner_folds(wins, settings, times))
    variants: list[tuple[bool, tuple[str, ...]]] = [(False, ()), (True, ())]
    if times is not None:
        calendars = tuple(column.name for column in columns if tells_time(column, times) > CALENDAR_SHARE)
        if calendars:
            variants = [(False, calendars), (True, calendars)]
        if len(calendars) == len(columns):
            return Chosen(0, False, calendars)
    losses: list[tuple[Chosen, Floats]] = []
    for with_gates, without in variants if folds else []:
        used = [column for column in columns if column.name not in without]
        by_size = [_losses_by_size(used, wins, learn, judge, settings, with_gates, times) for learn, judge in folds]
        for size in range(settings.max_rules + 1):
            # A path that ends early stays at its end.
            each = [sizes[min(size, len(sizes) - 1)] for sizes in by_size]
            losses.append((Chosen(size, with_gates, without), np.concatenate(each)))
    if not folds:
        return Chosen(0, False)
    best = min(range(len(losses)), key=lambda number: (float(losses[number][1].sum()), number))
    for chosen, loss in losses:
        difference = loss - losses[best][1]
        error = float(difference.std()) * np.sqrt(len(difference))
        if float(difference.sum()) <= PARSIMONY * error:
            return chosen
    return losses[best][0]


def _inner_folds(wins: Flags, settings: PointsSettings, times: Times | None) -> Iterator[tuple[Rows, Rows]]:
    if times is not None:
        periods = periods_of(times, JUDGED_PERIODS)
        for period in range(JUDGED_PERIODS):
            learn, judge = np.flatnonzero(periods != period), np.flatnonzero(periods == period)
            if all(LEAST_WINS <= wins[part].sum() < len(part) for part in (learn, judge)):
                yield learn, judge
        return
    parts = stratified_folds(wins, INNER_FOLDS, settings.seed + 1)
    for fold in range(INNER_FOLDS if len(wins) <= SMALL else 1):
        yield np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)


def _losses_by_size(
    columns: Sequence[Column],
    wins: Flags,
    learn: Rows,
    judge: Rows,
    settings: PointsSettings,
    with_gates: bool,
    times: Times | None,
) -> list[Floats]:
    """Return each judging lead's loss for every size of card, with the judging leads' own base rate."""
    task = _Task(columns, wins, learn, settings, times)
    outcomes = wins[judge].astype(np.float64)
    found: list[Floats] = []
    for model in task.search(with_gates, settings.max_rules).path():
        logits = _matrix(model, task.held(model, judge)) @ model.fit.weights
        logits = logits + _shift(logits, outcomes)
        found.append(np.logaddexp(0.0, logits) - outcomes * logits)
    return found


def _shift(logits: Floats, wins: Floats) -> float:
    """Return what to add to the logits so that they foretell as many wins as there were."""
    ones = np.ones((len(wins), 1))
    shift = 0.0
    for _ in range(30):
        chances = 0.5 * (1.0 + np.tanh(0.5 * (logits + shift)))
        curve = float((chances * (1.0 - chances)).sum())
        step = float((wins - chances).sum()) / max(curve, 1e-9)
        shift += min(max(step, -2.0), 2.0)
        if abs(step) < 1e-6:
            break
    # Newton's method is safe here unless a class is missing; then no shift is better than an endless one.
    return shift if loss_of(logits + shift, wins, ones[:, 0]) <= loss_of(logits, wins, ones[:, 0]) else 0.0


def stratified_folds(wins: Flags, folds: int, seed: int) -> Rows:
    """Return the fold of each lead: wins and others are spread evenly."""
    generator = np.random.default_rng(seed)
    parts = np.empty(len(wins), dtype=np.int64)
    for group in (np.flatnonzero(wins), np.flatnonzero(~wins)):
        parts[generator.permutation(group)] = np.arange(len(group)) % folds
    return parts


def periods_of(times: Times, count: int) -> Rows:
    """Return the period of each lead: `count` periods with about as many leads each; leads of one moment stay together."""
    ordered = np.sort(times)
    limits = [ordered[number * len(ordered) // count] for number in range(1, count)] if len(ordered) else []
    return np.searchsorted(np.unique(np.array(limits, dtype=times.dtype)), times, side="right").astype(np.int64)


def split_by_time(times: Times, share: float) -> tuple[Rows, Rows] | None:
    """Return the earlier leads (about `share`) and the later ones; leads of one moment stay together. None if all are."""
    order = np.argsort(times, kind="stable")
    if not len(order):
        return None
    limit = times[order[min(int(share * len(order)), len(order) - 1)]]
    earlier, later = np.flatnonzero(times < limit), np.flatnonzero(times >= limit)
    return (earlier, later) if len(earlier) and len(later) else None


# ------------------------------------------------------------------------------------------------------- judging


def judge_points(
    columns: Sequence[Column],
    wins: Flags,
    settings: PointsSettings | None = None,
    times: Times | None = None,
    champion_points: Mapping[str, float] | None = None,
) -> PointsReport:
    """Learn a card from all leads and report how far to trust it (see `PointsReport`)."""
    settings = settings or PointsSettings()
    card, chosen = learn_card(columns, wins, settings, times)
    names = by_name(columns)
    folds = stratified_folds(wins, settings.folds, settings.seed)
    held_out, band_table, yardstick = _cross_validated(columns, wins, folds, settings, card)
    time_split = _time_split(columns, wins, times, settings, held_out) if times is not None else None
    decisive = held_out.auc if time_split is None else time_split.steady.later.auc
    quality = held_out if time_split is None else time_split.steady.later
    return PointsReport(
        card=card,
        chosen=chosen,
        leads=len(wins),
        wins=int(wins.sum()),
        verdict="lift" if card.rules and _widened(decisive, quality) > 0.5 else "no lift",
        held_out=held_out,
        bands=band_table,
        yardstick=yardstick,
        rules=rule_figures(card, names, wins),
        time_split=time_split,
        leaks=leaks_of(columns, wins, settings),
        odd_signs=find_odd_signs(card, names, champion_points),
    )


def _widened(interval: Interval, quality: Quality) -> float:
    """Return the lower end of the interval at the level that the verdict asks for; too few wins prove nothing."""
    if min(quality.wins, quality.leads - quality.wins) < LEAST_WINS:
        return 0.0
    factor = NormalDist().inv_cdf(0.5 + LIFT_LEVEL / 2) / NormalDist().inv_cdf(0.975)
    return interval.value - factor * (interval.value - interval.low)


def _cross_validated(
    columns: Sequence[Column], wins: Flags, folds: Rows, settings: PointsSettings, card: Card
) -> tuple[Quality, list[Band], Yardstick | None]:
    judged = range(settings.folds if len(wins) <= MANY_LEADS else 1)
    names = by_name(columns)
    aucs: list[tuple[float, float]] = []
    trees: list[tuple[float, float]] = []
    precisions: list[float] = []
    seen: list[Rows] = []
    chances: list[Floats] = []
    for fold in judged:
        learn, judge = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not 0 < wins[judge].sum() < len(judge):
            continue
        own, _ = learn_card([column.take(learn) for column in columns], wins[learn], settings)
        scores = own.scores({name: column.take(judge) for name, column in names.items()})
        aucs.append(auc_variance(scores, wins[judge]))
        precisions.append(average_precision(scores, wins[judge]))
        seen.append(judge)
        chances.append(own.chances(scores))
        if settings.with_yardstick:
            trees.append(auc_variance(boosted_chances(columns, wins, learn, judge, settings.seed), wins[judge]))
    if not aucs:
        nothing = Interval(0.5, 0.0, 1.0)
        return Quality(len(wins), int(wins.sum()), nothing, float("nan"), float("nan")), [], None
    rows, likely = np.concatenate(seen), np.concatenate(chances)
    mean = mean_auc(aucs)
    quality = Quality(len(rows), int(wins[rows].sum()), mean, float(np.mean(precisions)), brier(likely, wins[rows]))
    table = bands(_on_scale(card, likely), likely, wins[rows])
    yardstick = Yardstick(mean_auc(trees), mean_auc(trees).value - mean.value) if trees else None
    return quality, table, yardstick


def _on_scale(card: Card, chances: Floats) -> Points:
    """Return the scores of `card` that stand for chances which other cards gave."""
    if card.slope <= 0:
        return np.zeros(len(chances), dtype=np.int64)
    limited = np.clip(chances, 1e-9, 1 - 1e-9)
    scores = (np.log(limited / (1 - limited)) - card.intercept) / card.slope
    return np.clip(np.rint(scores), 0, card.max_score).astype(np.int64)


def _time_split(
    columns: Sequence[Column], wins: Flags, times: Times, settings: PointsSettings, at_random: Quality
) -> TimeSplit | None:
    split = split_by_time(times, settings.earlier_share)
    if split is None or not all(0 < wins[part].sum() < len(part) for part in split):
        return None
    earlier, later = split
    before = {column.name: column.take(earlier) for column in columns}
    after = {column.name: column.take(later) for column in columns}
    steady, careless = (
        _later_card(before, after, wins[earlier], wins[later], settings, known) for known in (times[earlier], None)
    )
    yardstick = None
    if settings.with_yardstick:
        interval = auc_interval(boosted_chances(columns, wins, earlier, later, settings.seed), wins[later])
        yardstick = Yardstick(interval, interval.value - steady.later.auc.value)
    rates = [wilson(int(wins[part].sum()), len(part)) for part in (earlier, later)]
    assert rates[0] is not None and rates[1] is not None
    return TimeSplit(
        until=times[later].min(),
        earlier_leads=len(earlier),
        earlier_rate=rates[0],
        later_rate=rates[1],
        steady=steady,
        careless=careless,
        yardstick=yardstick,
        warnings=_warnings(rates[0], rates[1], steady, careless, at_random),
    )


def _later_card(
    before: Mapping[str, Column],
    after: Mapping[str, Column],
    wins: Flags,
    later_wins: Flags,
    settings: PointsSettings,
    times: Times | None,
) -> LaterCard:
    card, chosen = learn_card(list(before.values()), wins, settings, times)
    scores = card.scores(after)
    chances = card.chances(scores)
    quality = Quality(
        len(scores),
        int(later_wins.sum()),
        auc_interval(scores, later_wins),
        average_precision(scores, later_wins),
        brier(chances, later_wins),
    )
    earlier_auc = auc_variance(card.scores(before), wins)[0]
    drift = find_drift(card, before, after, wins) if card.rules else []
    return LaterCard(card, chosen, earlier_auc, quality, bands(scores, chances, later_wins), drift)


def _warnings(
    earlier: Interval, later: Interval, steady: LaterCard, careless: LaterCard, at_random: Quality
) -> list[str]:
    found: list[str] = []
    if later.low > earlier.high or later.high < earlier.low:
        found.append(
            f"the share of wins went from {earlier.value:.1%} to {later.value:.1%}: "
            "chances and thresholds learned earlier do not hold, at most the order does"
        )
    if at_random.auc.value - careless.later.auc.value > AUC_FALL:
        found.append(
            f"a card learned without regard to dates reaches an AUC of {at_random.auc.value:.3f} on leads drawn at random, "
            f"but {careless.later.auc.value:.3f} on later ones: what won earlier wins less now"
        )
    if steady.chosen.calendars:
        left_out = "left out, because they tell" if steady.chosen.is_steady else "not left out, though they tell"
        found.append(f"{left_out} little more than the date: {', '.join(steady.chosen.calendars)}")
    if not steady.chosen.is_steady:
        found.append("no rule holds from one period to the next, so the card was learned without regard to dates")
    moved = {one.name: one for one in (*careless.drift, *steady.drift) if one.is_much and one.kind == "rule"}
    for one in moved.values():
        found.append(
            f"rule {one.name} held for {one.earlier:.1%} of the leads earlier and for {one.later:.1%} later "
            f"(stability index {one.index:.2f})"
        )
    for one in steady.drift:
        if one.is_much and one.kind == "score":
            found.append(
                f"the score has moved (stability index {one.index:.2f}, mean {one.earlier:.1f} to {one.later:.1f})"
            )
    return found


def leaks_of(columns: Sequence[Column], wins: Flags, settings: PointsSettings) -> list[Leak]:
    """Return the columns that may know the outcome (see `find_leaks`), before anything is learned from them."""
    folds = stratified_folds(wins, settings.folds, settings.seed)
    alone = alone_aucs(columns, wins, folds)
    return find_leaks(columns, wins, alone, _others_auc(columns, wins, folds, settings, strong_columns(alone)))


def _others_auc(
    columns: Sequence[Column], wins: Flags, folds: Rows, settings: PointsSettings, strong: Sequence[str]
) -> dict[str, float]:
    """Return for each column that is strong alone what a short card of all the others reaches on one fold."""
    found: dict[str, float] = {}
    learn, judge = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
    if not 0 < wins[judge].sum() < len(judge):
        return found
    for name in strong:
        others = [column for column in columns if column.name != name]
        if not others:
            continue
        task = _Task(others, wins, learn, settings)
        model = task.search(False, min(10, settings.max_rules)).path()[-1]
        logits = _matrix(model, task.held(model, judge)) @ model.fit.weights
        found[name] = auc_variance(logits, wins[judge])[0]
    return found


def rule_figures(card: Card, columns: Mapping[str, Column], wins: Flags) -> list[RuleFigures]:
    """Return for each rule for how many leads it holds and what became of them."""
    hits = card.hits(columns)
    return [figures_of(rule, hits[:, number], wins) for number, rule in enumerate(card.rules)]


def figures_of(rule: CardRule, held: Flags, wins: Flags) -> RuleFigures:
    """Return for how many leads one rule is held, and what became of them."""
    base = max(float(wins.mean()), 1e-12)
    leads, won = int(held.sum()), int((held & wins).sum())
    rate = wilson(won, leads)
    lift = None if rate is None else Interval(rate.value / base, rate.low / base, rate.high / base)
    return RuleFigures(rule.rule_id, rule.group_id, rule.condition, rule.points, leads, won, rate, lift)


# ------------------------------------------------------------------------------------------------------ yardstick


def boosted_chances(columns: Sequence[Column], wins: Flags, learn: Rows, judge: Rows, seed: int) -> Floats:
    """Return what gradient boosting (scikit-learn's, with its defaults) foretells for the judging leads."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    matrix = np.column_stack([_as_numbers(column, learn) for column in columns])
    is_text = [column.kind == "category" for column in columns]
    trees = HistGradientBoostingClassifier(categorical_features=is_text, random_state=seed)
    trees.fit(matrix[learn], wins[learn])
    return np.asarray(trees.predict_proba(matrix[judge])[:, 1], dtype=np.float64)


def _as_numbers(column: Column, learn: Rows) -> NDArray[Any]:
    if column.kind != "category":
        return np.asarray(column.values, dtype=np.float64)
    bins = learn_bins(column.take(learn))
    codes = bins.encode(column).astype(np.float64)
    return np.where(codes == bins.missing, np.nan, codes)
