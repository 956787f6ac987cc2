"""The commands that tune: they replay history, print and report what they found, and write criteria only with --apply."""

from __future__ import annotations

import re
import secrets
import sys
from datetime import datetime, timedelta
from typing import Annotated

import typer

from leadhouse import completion, help_sections, show
from leadhouse.cli_load import TargetOption
from leadhouse.errors import InputError, Problem
from leadhouse.moments import parse_time, utc_now
from leadhouse.paths import PROJECT_ROOT, home

tune = typer.Typer(
    help="Find better thresholds and points on the history that the ledger keeps.",
    epilog="Example: leadhouse tune threshold --stage mql",
    no_args_is_help=True,
    rich_markup_mode=None,
)

StageOption = Annotated[
    str, typer.Option("--stage", metavar="STAGE", help="mql or sql.", autocompletion=completion.stages)
]
MetricOption = Annotated[
    str,
    typer.Option("--metric", help="score, fit_score or engagement_score.", autocompletion=completion.metrics),
]
RuleOption = Annotated[
    str | None, typer.Option("--rule", metavar="RULE", help="The rule, where several ask for the metric.")
]
CardOption = Annotated[
    str | None,
    typer.Option("--scorecard", metavar="ID", help="Default: the champion.", autocompletion=completion.scorecards),
]
OutcomeOption = Annotated[
    str,
    typer.Option(
        "--outcome",
        help="sql (as sales says), opportunity or customer: what an entry is to lead to.",
        autocompletion=completion.outcomes,
    ),
]
HorizonOption = Annotated[
    int,
    typer.Option(
        "--horizon-days",
        metavar="N",
        min=1,
        help="Days that an entry has for the outcome; younger ones are not judged.",
    ),
]
TrainOption = Annotated[
    str | None,
    typer.Option(
        "--train-until",
        metavar="D",
        help="Choose on entries before, try on those after; default: two thirds of the judged span.",
    ),
]
WinOption = Annotated[float | None, typer.Option("--win-value", metavar="V", help="What an outcome is worth.")]
TouchOption = Annotated[
    float | None, typer.Option("--touch-cost", metavar="C", help="What it costs sales to touch one entry.")
]
CapacityOption = Annotated[
    str | None, typer.Option("--capacity", metavar="N/week", help="How many entries a week sales can work on.")
]
ObjectiveOption = Annotated[
    str | None,
    typer.Option(
        "--objective", help="profit, f1, precision@R or recall@P; default: profit with a value and a cost, else f1."
    ),
]
DeciderOption = Annotated[
    str,
    typer.Option(
        "--decided-by",
        help="authority: entries as they count, by rules and CRM; rules: as if the CRM said nothing.",
        autocompletion=completion.deciders,
    ),
]
SegmentOption = Annotated[
    str, typer.Option("--segment", metavar="KIND", help="Also for each channel, country, owner ... by itself.")
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", help="Of the bootstrap; the same seed gives the same intervals.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@tune.command(
    epilog="Example: leadhouse tune threshold --stage mql --outcome opportunity --win-value 900 --touch-cost 30"
)
def threshold(
    stage: StageOption = "mql",
    metric: MetricOption = "score",
    rule: RuleOption = None,
    scorecard: CardOption = None,
    outcome: OutcomeOption = "opportunity",
    horizon_days: HorizonOption = 90,
    train_until: TrainOption = None,
    win_value: WinOption = None,
    touch_cost: TouchOption = None,
    capacity: CapacityOption = None,
    objective: ObjectiveOption = None,
    decided_by: DeciderOption = "authority",
    segment: SegmentOption = "all",
    seed: SeedOption = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Add the recommended threshold to stage_rules.csv as a new dated row.")
    ] = False,
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", metavar="D", help="When the new row begins; default: tomorrow, UTC.")
    ] = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay every threshold of a stage, recommend one, and try it on a later period that the choice never saw."""
    from leadhouse import show_tuning
    from leadhouse.tuning import edits, evidence, objectives, pages, report
    from leadhouse.tuning import threshold as tuning

    wanted = objectives.parse(objective, win_value, touch_cost)
    limit = _per_week(capacity)
    until = parse_time(train_until, "--train-until") if train_until else None
    begins = parse_time(valid_from, "--valid-from") if valid_from else _tomorrow()
    drawn = _seed(seed)
    with evidence.memory(home()) as connection:
        with evidence.history(connection, home(), "leadhouse tune threshold") as origin:
            clause = evidence.find_clause(connection, stage, metric, scorecard, rule)
            evidence.take_leads(connection, outcome, segment)
            evidence.take_entries(connection, clause, decided_by)
        first = evidence.first_entry(connection, stage)
        settings = tuning.Settings(
            outcome, horizon_days, wanted, until or tuning.default_train_until(first, origin.as_of, horizon_days), limit, drawn,
            tuning.candidates(connection, clause),
        )  # fmt: skip
        results = [tuning.tune_threshold(connection, clause, settings, origin)]
        if segment != "all":
            results += [
                tuning.tune_threshold(connection, clause, settings, origin, name)
                for name in tuning.segments(connection, settings)
            ]
    whole = results[0]
    inputs = {
        "stage": stage, "metric": metric, "rule": clause.rule_id, "scorecard": clause.scorecard_id, "present_value": clause.value,
        "outcome": outcome, "horizon_days": horizon_days, "train_until": settings.train_until, "win_value": win_value,
        "touch_cost": touch_cost, "capacity_per_week": limit, "objective": wanted.name, "decided_by": decided_by, "segment": segment,
    }  # fmt: skip
    made = report.Report(
        f"threshold-{stage}-{metric}", f"Threshold of {metric} for {stage}", _command(seed, drawn), origin, drawn, inputs,
        whole.verdict, whole.drift.warnings, pages.threshold_sections(results, stage, outcome, decided_by), results,
    )  # fmt: skip
    folder = report.write(home(), made, utc_now())
    out = show.console()
    if not as_json:
        kept = pages.standing_out(whole)
        show_tuning.table(out, pages.threshold_table(whole.train, kept, 12), "Earlier period")
        show_tuning.table(out, pages.threshold_table(whole.later, kept, 6), "Later period, not seen when choosing")
        for one in results[1:]:
            out.print(f"{show.plain(one.segment)}: {show.plain(one.verdict, 500)}")
        show_tuning.verdict(out, whole.verdict, whole.drift.warnings, folder)
    change = None
    if whole.recommendation is not None and whole.recommendation.threshold != whole.present:
        change = edits.new_threshold(PROJECT_ROOT, clause, tuning.as_value(whole.recommendation.threshold), begins)
    elif apply:
        raise InputError([Problem("--apply", "has nothing to write", "There is no other threshold to recommend.")])
    paths = edits.apply(PROJECT_ROOT, change) if apply and change else []
    if as_json:
        show.facts({**report.told(made, folder), "diff": change.diff if change else None, "written": paths})
    elif change:
        show_tuning.diff(out, change.diff, apply, paths)


@tune.command(epilog="Example: leadhouse tune points --outcome opportunity --max-rules 12")
def points(
    max_rules: Annotated[
        int, typer.Option("--max-rules", metavar="K", min=1, max=100, help="Most rules on the card.")
    ] = 15,
    outcome: OutcomeOption = "opportunity",
    decision_days: Annotated[
        int,
        typer.Option(
            "--decision-days",
            metavar="N",
            min=0,
            help="Each lead is decided on so long after its creation, by what was known then.",
        ),
    ] = 30,
    horizon_days: HorizonOption = 90,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="NAME", help="Leave this attribute or activity type out; may be repeated."),
    ] = None,
    keep_leaks: Annotated[
        bool,
        typer.Option("--keep-leaks", help="Learn from columns that may know the outcome too; they are only named."),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="ID", help="scorecard_id of the challenger; default: learned_ and the day."),
    ] = None,
    seed: SeedOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Add the challenger to the criteria files.")] = False,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a scorecard of few rules and whole points from the history, and write it as a challenger."""
    from leadhouse import show_tuning
    from leadhouse.tuning import edits, evidence, points_pages, points_run, report

    drawn = _seed(seed)
    card_id = name or f"learned_{utc_now():%Y%m%d}"
    settings = points_run.RunSettings(
        outcome, decision_days, horizon_days, max_rules, drawn, tuple(exclude or ()), keep_leaks
    )
    with evidence.memory(home()) as connection:
        with evidence.history(connection, home(), "leadhouse tune points") as origin:
            matrix = points_run.take(connection, origin, settings)
        found = points_run.run(matrix, settings, card_id, PROJECT_ROOT)
    inputs = {
        "outcome": outcome, "decision_days": decision_days, "horizon_days": horizon_days, "max_rules": max_rules,
        "exclude": exclude, "keep_leaks": keep_leaks, "name": card_id, "count_columns": len(matrix.columns),
        "count_too_young": matrix.count_too_young, "count_had_outcome": matrix.count_had_outcome,
    }  # fmt: skip
    warnings = points_pages.warnings(found.report, found.left_out)
    parts = points_pages.sections(found.report, found.champion_rules, found.champion_auc)
    made = report.Report(
        "points", f"Points for {outcome}", _command(seed, drawn), origin, drawn, inputs, points_pages.verdict(found.report),
        warnings, parts, found, found.challenger.files() if found.challenger else {},
    )  # fmt: skip
    change = (
        edits.new_rows(PROJECT_ROOT, found.challenger.rows, found.custom_attributes)
        if found.challenger is not None
        else None
    )
    folder = report.write(home(), made, utc_now())
    out = show.console()
    if not as_json:
        # The champion's rules are many; which of them tell nothing is said in a line.
        for part in parts[:-1]:
            out.print(show.plain(part.caption, 1000))
            for table in part.tables:
                show_tuning.table(out, table, part.title)
        useless = [rule.rule_id for rule in found.champion_rules if points_pages.says(rule) == "nothing"]
        out.print(
            show.plain(f"Rules of the champion that tell nothing beyond chance: {', '.join(useless) or 'none'}.", 4000)
        )
        show_tuning.verdict(out, made.verdict, warnings, folder)
    if change is None and apply:
        raise InputError([Problem("--apply", "has nothing to write", "No card does better than chance.")])
    paths = edits.apply(PROJECT_ROOT, change) if apply and change else []
    if as_json:
        show.facts({**report.told(made, folder), "diff": change.diff if change else None, "written": paths})
    elif change:
        show_tuning.challenger(out, card_id, folder, paths)


def compare(
    champion: Annotated[
        str, typer.Argument(metavar="CHAMPION", help="A scorecard.", autocompletion=completion.scorecards)
    ],
    challenger: Annotated[
        str,
        typer.Argument(
            metavar="CHALLENGER",
            help="Another one, built on the same history.",
            autocompletion=completion.scorecards,
        ),
    ],
    since: Annotated[
        str | None, typer.Option("--from", metavar="D", help="First day of entries; default: all.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="D", help="Entries before this day; default: all.")
    ] = None,
    stage: StageOption = "mql",
    outcome: OutcomeOption = "opportunity",
    horizon_days: HorizonOption = 90,
    win_value: WinOption = None,
    touch_cost: TouchOption = None,
    segment: SegmentOption = "channel",
    seed: SeedOption = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put two scorecards side by side: the same leads, the same clock, and what became of those each brings in."""
    from leadhouse import show_tuning
    from leadhouse.tuning import compare as comparing
    from leadhouse.tuning import evidence, objectives, pages, report
    from leadhouse.tuning.replay import Period

    drawn = _seed(seed)
    starts = parse_time(since, "--from") if since else None
    ends = parse_time(until, "--to") if until else None
    money = (win_value, touch_cost) if win_value is not None and touch_cost is not None else None
    if money:
        objectives.parse("profit", *money)
    with evidence.memory(home()) as connection:
        with evidence.history(connection, home(), "leadhouse compare") as origin:
            evidence.take_leads(connection, outcome, segment)
            comparing.take_card_entries(connection, (champion, challenger), stage)
        first = starts or evidence.first_entry(connection, stage)
        period = Period(first, min(ends or origin.as_of, origin.as_of), horizon_days, origin.as_of)
        if period.weeks <= 0:
            mend = f"An entry needs {horizon_days} days before {origin.as_of:%Y-%m-%d}: give an earlier --from or a shorter --horizon-days."
            raise InputError([Problem("--from, --to", "leave no entry that can be judged", mend)])
        found = comparing.compare(connection, (champion, challenger), stage, outcome, period, drawn, money)
    inputs = {
        "champion": champion, "challenger": challenger, "from": first, "to": period.ends_at, "stage": stage, "outcome": outcome,
        "horizon_days": horizon_days, "win_value": win_value, "touch_cost": touch_cost, "segment": segment,
    }  # fmt: skip
    parts = pages.comparison_sections(found)
    made = report.Report(
        f"compare-{stage}", f"{champion} and {challenger}, {stage}", _command(seed, drawn), origin, drawn, inputs,
        pages.comparison_verdict(found), [], parts, found,
    )  # fmt: skip
    folder = report.write(home(), made, utc_now())
    if as_json:
        show.facts(report.told(made, folder))
        return
    out = show.console()
    for section in parts:
        if section.title != "Who moves":
            show_tuning.table(out, section.tables[0], section.title)
        else:
            out.print(show.plain(section.caption, 500))
    show_tuning.verdict(out, made.verdict, [], folder)


def backtest(
    since: Annotated[str, typer.Option("--from", metavar="D", help="First date on which a threshold is chosen.")],
    until: Annotated[str, typer.Option("--to", metavar="D", help="Last such date.")],
    every: Annotated[
        str, typer.Option("--every", metavar="Nd", help="Days from one to the next, such as 30d.")
    ] = "30d",
    stage: StageOption = "mql",
    metric: MetricOption = "score",
    rule: RuleOption = None,
    scorecard: CardOption = None,
    outcome: OutcomeOption = "opportunity",
    horizon_days: HorizonOption = 90,
    win_value: WinOption = None,
    touch_cost: TouchOption = None,
    capacity: CapacityOption = None,
    objective: ObjectiveOption = None,
    decided_by: DeciderOption = "authority",
    seed: SeedOption = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the threshold again at each date on what was known then, and see whether it held and whether it stays."""
    from leadhouse import show_tuning
    from leadhouse.tuning import backtest as testing
    from leadhouse.tuning import evidence, objectives, pages, report
    from leadhouse.tuning import threshold as tuning

    wanted = objectives.parse(objective, win_value, touch_cost)
    days = _days(every)
    dates = testing.origins(parse_time(since, "--from"), parse_time(until, "--to"), days)
    limit, drawn = _per_week(capacity), _seed(seed)
    with evidence.memory(home()) as connection:
        with evidence.history(connection, home(), "leadhouse backtest") as origin:
            clause = evidence.find_clause(connection, stage, metric, scorecard, rule)
            evidence.take_leads(connection, outcome, "all")
            evidence.take_entries(connection, clause, decided_by)
        settings = tuning.Settings(
            outcome, horizon_days, wanted, dates[0], limit, drawn, tuning.candidates(connection, clause)
        )
        found = testing.backtest(connection, clause, settings, origin, dates, days)
    inputs = {
        "from": dates[0], "to": dates[-1], "every_days": days, "stage": stage, "metric": metric, "rule": clause.rule_id,
        "scorecard": clause.scorecard_id, "present_value": clause.value, "outcome": outcome, "horizon_days": horizon_days,
        "win_value": win_value, "touch_cost": touch_cost, "capacity_per_week": limit, "objective": wanted.name, "decided_by": decided_by,
    }  # fmt: skip
    made = report.Report(
        f"backtest-{stage}-{metric}", f"Backtest of the {metric} threshold for {stage}", _command(seed, drawn), origin, drawn, inputs,
        found.verdict, [], pages.backtest_sections(found), found,
    )  # fmt: skip
    folder = report.write(home(), made, utc_now())
    if as_json:
        show.facts(report.told(made, folder))
        return
    show_tuning.table(show.console(), pages.backtest_table(found))
    show_tuning.verdict(show.console(), found.verdict, [], folder)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(tune, name="tune", rich_help_panel=help_sections.TUNE)
    app.command(
        rich_help_panel=help_sections.TUNE, epilog="Example: leadhouse compare b2b_v1 b2b_v2_recency --from 2025-07-01"
    )(compare)
    app.command(
        rich_help_panel=help_sections.TUNE,
        epilog="Example: leadhouse backtest --from 2025-09-01 --to 2026-03-01 --every 30d",
    )(backtest)


def _per_week(text: str | None) -> float | None:
    """Read `--capacity`, such as 40 or 40/week."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:/week)?", text.strip())
    if not found:
        raise InputError([Problem("--capacity", f"`{text}` is no number of entries a week", "Write it like 40/week.")])
    return float(found[1])


def _days(text: str) -> int:
    found = re.fullmatch(r"(\d{1,5})d?", text.strip())
    if not found:
        raise InputError([Problem("--every", f"`{text}` is no number of days", "Write it like 30d.")])
    return int(found[1])


def _seed(given: int | None) -> int:
    if given is not None and given < 0:
        raise InputError([Problem("--seed", "is below zero", "Give a whole number of 0 or more.")])
    return secrets.randbelow(2**31) if given is None else given


def _command(given: int | None, drawn: int) -> str:
    """The command with the seed that was drawn for it, and without what would write again."""
    words = [word for word in sys.argv[1:] if word not in ("--apply", "--json")]
    return " ".join(["leadhouse", *words, *([] if given is not None else ["--seed", str(drawn)])])


def _tomorrow() -> datetime:
    return utc_now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
