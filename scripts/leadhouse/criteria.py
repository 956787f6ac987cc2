"""Check the criteria and mappings (the CSV files in seeds/) before a build: every fault with file, line, column and value."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import yaml
from pydantic import ValidationError

from leadhouse.contract import closest, load_contract
from leadhouse.criteria_rows import (
    ALL_CHANNELS,
    BANDS,
    END_OF_TIME,
    FILES,
    INTENTS,
    NO_CHANNEL,
    NUMBER,
    NUMERIC_OPERATORS,
    START_OF_TIME,
    TITLE_ATTRIBUTES,
    ActivityRule,
    CellError,
    ChannelRule,
    EngagementRule,
    Exclusion,
    FitRule,
    Row,
    ScoreBand,
    Scorecard,
    ScoreGroup,
    StageRule,
    allowed,
)
from leadhouse.errors import Problem
from leadhouse.faults import MIXED_LINE_ENDS, MIXED_LINE_ENDS_MEND, find_mixed_line_end
from leadhouse.paths import PROJECT_ROOT

RowType = TypeVar("RowType", bound=Row)

# Of the contract's columns, these are no attributes: ids of records, and the dates of the record itself.
NO_LEAD_ATTRIBUTES = ("lead_source_id", "merged_into_id", "is_deleted", "created_at", "updated_at")
NO_ACCOUNT_ATTRIBUTES = ("account_source_id", "created_at")
DERIVED_ATTRIBUTES = {
    "job_level": "varchar",
    "job_function": "varchar",
    "email_domain": "varchar",
    "is_free_email": "boolean",
    "is_disposable_email": "boolean",
}


@dataclass(frozen=True)
class Record(Generic[RowType]):
    """One row of a file: the line it starts on, its cells by column (null when empty), and the row where all cells are good."""

    file: str
    line: int
    cells: dict[str, str | None]
    row: RowType | None

    def problem(self, column: str, what: str, mend: str) -> Problem:
        """Return a problem at this row."""
        return Problem(_where(self.file, self.line, column), what, mend)


@dataclass
class Table:
    """A file as read. `is_whole` is false when the file could not be read at all, so that nothing may be concluded from it."""

    file: str
    records: list[Record[Row]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True

    def names(self, *columns: str) -> set[tuple[str | None, ...]]:
        """Return the combinations of cells of the columns, taken from all rows, good ones or not."""
        return {tuple(record.cells.get(column) for column in columns) for record in self.records}


def check_criteria(project_root: Path = PROJECT_ROOT, custom_attributes: set[str] | None = None) -> list[Problem]:
    """Return every fault of the criteria files below `project_root`/seeds; empty when a build may start.

    `custom_attributes` are names seen in the raw lead_attributes table. Rules may also use names declared in the variable
    `custom_attributes` of dbt_project.yml, and the contract's own; any other name is taken for a misspelling.
    """
    tables = read_tables(project_root)
    problems = [problem for table in tables.values() for problem in table.problems]
    for table in tables.values():
        problems += _duplicate_keys(table)
    # A custom attribute may be the history of a column of the contract; then it keeps that column's type.
    custom = sorted((custom_attributes or set()) | _declared_attributes(project_root))
    attributes = _attributes()
    attributes |= {name: "" for name in custom if name not in attributes}
    checks = _Checks(tables, attributes)
    problems += checks.run()
    return sorted(problems, key=_reading_order)


def read_tables(project_root: Path = PROJECT_ROOT) -> dict[str, Table]:
    """Read every criteria file by itself, by its path below `project_root`/seeds; faults stand in the tables."""
    return {name: _read(project_root / "seeds" / name, f"seeds/{name}", row) for name, row in FILES.items()}


def _reading_order(problem: Problem) -> tuple[int, int]:
    """Sort by file in the order of FILES, then by line."""
    file, _, place = problem.where.partition(", line ")
    names = [f"seeds/{name}" for name in FILES]
    line = re.match(r"\d+", place)
    return (names.index(file.split(",")[0]), int(line.group()) if line else 0)


def _where(file: str, line: int | None = None, column: str | None = None) -> str:
    return file + (f", line {line}" if line else "") + (f", column {column}" if column else "")


# ---------------------------------------------------------------------------------------------------- reading


def _read(path: Path, name: str, row_type: type[Row]) -> Table:
    """Read one file with true line numbers: a row whose quoted cell spans lines is counted where it begins."""
    table = Table(name)
    columns = ", ".join(row_type.columns())
    try:
        content = path.read_bytes()
    except OSError as error:
        what = "the file is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        return _broken(table, Problem(name, what, f"It must be a CSV file with the columns {columns}."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _broken(table, Problem(name, "the text is UTF-16", "Save the file as CSV UTF-8."))
        what = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        return _broken(table, Problem(_where(name, line), what, "Save the file as CSV UTF-8."))
    head = text.split("\n", 1)[0]
    for separator, word in ((";", "semicolons"), ("\t", "tabs")):
        if separator in head and "," not in head:
            mend = "Save it separated by commas (CSV UTF-8, comma delimited)."
            return _broken(table, Problem(_where(name, 1), f"the file is separated by {word}", mend))
    try:
        lines = list(_numbered_rows(text))
    except csv.Error:
        line = _last_good_line(text) + 1
        what = "a double quote is opened and not closed, or not followed by a comma"
        return _broken(
            table, Problem(_where(name, line), what, 'Close the quote; a " within a quoted cell is written twice.')
        )
    mixed = find_mixed_line_end(content)
    if mixed:
        return _broken(table, Problem(_where(name, mixed), MIXED_LINE_ENDS, MIXED_LINE_ENDS_MEND))
    if not lines:
        return _broken(
            table, Problem(name, "the file is empty", f"Its first line must be {columns.replace(', ', ',')}.")
        )
    header_problems = _check_header(name, lines[0][1], row_type)
    if header_problems:
        table.problems, table.is_whole = header_problems, False
        return table
    for line, cells in lines[1:]:
        _add_row(table, line, lines[0][1], cells, row_type)
    return table


def _broken(table: Table, problem: Problem) -> Table:
    table.problems, table.is_whole = [problem], False
    return table


def _numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _last_good_line(text: str) -> int:
    """Return the last line before the row that cannot be parsed."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    last = 0
    try:
        for _ in reader:
            last = reader.line_num
    except csv.Error:
        pass
    return last


def _check_header(name: str, header: list[str], row_type: type[Row]) -> list[Problem]:
    expected = row_type.columns()
    problems = []
    missing = [column for column in expected if column not in header]
    for position, column in enumerate(header):
        if not column:
            what = f"column {position + 1} has no name"
            problems.append(Problem(_where(name, 1), what, "Delete the columns that are empty, in every line."))
        elif column not in expected:
            hint = closest(column, missing) or f"Remove it. Allowed: {', '.join(expected)}."
            where = _where(name, 1, column)
            problems.append(Problem(where, f"'{column}' is not a column of this file", hint))
        elif column in header[:position]:
            problems.append(
                Problem(_where(name, 1, column), f"column '{column}' is there twice", "Remove one of them.")
            )
    problems += [
        Problem(_where(name, 1, column), f"column '{column}' is missing", f"The columns are {', '.join(expected)}.")
        for column in missing
    ]
    return problems


def _add_row(table: Table, line: int, header: list[str], cells: list[str], row_type: type[Row]) -> None:
    if not any(cells):
        # Depending on how dbt loads the file, such a line is skipped or becomes a row of nulls.
        what = "the row is empty" if cells else "the line is empty"
        table.problems.append(Problem(_where(table.file, line), what, "Delete the line."))
        return
    if len(cells) > len(header):
        extra = cells[len(header)]
        what = f"the row has {len(cells)} cells where the header has {len(header)}; the first extra cell is '{extra}'"
        table.problems.append(
            Problem(_where(table.file, line), what, "Put a cell that holds a comma into double quotes.")
        )
        return
    if len(cells) < len(header):
        what = f"the row has {len(cells)} cells where the header has {len(header)}"
        mend = f"Add the missing cells, from {header[len(cells)]} on; leave them empty where there is no value."
        table.problems.append(Problem(_where(table.file, line), what, mend))
        return
    values = {column: cell or None for column, cell in zip(header, cells, strict=True)}
    record: Record[Row] = Record(table.file, line, values, None)
    problems = list(_cell_problems(record, row_type))
    try:
        row = row_type.model_validate(values)
        problems += [record.problem(fault.column, fault.what, fault.mend) for fault in row.faults()]
        record = Record(table.file, line, values, row)
    except ValidationError as error:
        problems += [_parse_problem(record, details) for details in error.errors()]
    table.records.append(record)
    # One fault per cell is enough: the text of a cell that is no number may also have a blank at its end.
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.where, problem)
    table.problems += first.values()


def _cell_problems(record: Record[Row], row_type: type[Row]) -> Iterator[Problem]:
    """Yield faults of the text as such, which would match nothing or be read as something else."""
    for column, cell in record.cells.items():
        if cell is None:
            continue
        if cell.strip().lower() == "null":
            yield record.problem(column, f"'{cell}' is a word here, not an empty cell", "Leave the cell empty.")
        elif cell.strip(" \n") != cell.strip():
            what = f"'{cell.strip()}' begins or ends with an invisible character, such as a no-break space"
            yield record.problem(column, what, f"Write '{cell.strip()}'.")
        elif cell != cell.strip() and column not in row_type.FREE_TEXT:
            yield record.problem(column, f"'{cell}' begins or ends with a blank", f"Write '{cell.strip()}'.")


def _parse_problem(record: Record[Row], details: Any) -> Problem:
    column = str(details["loc"][0])
    error = details.get("ctx", {}).get("error")
    cell = record.cells[column] or ""
    if isinstance(error, CellError):
        return record.problem(column, f"'{cell}' {error.what}", error.mend)
    return record.problem(column, f"'{cell}' cannot be read ({details['msg']})", "Mend the cell.")


def _duplicate_keys(table: Table) -> list[Problem]:
    problems, lines = [], dict[tuple[Any, ...], int]()
    for record in table.records:
        if record.row is None:
            continue
        key = record.row.key()
        if key in lines:
            named = ", ".join(f"{column} '{record.cells[column] or ''}'" for column in record.row.KEY)
            mend = (
                "Remove one of the two rows, or give one another name or date."
                if len(record.row.KEY) > 1
                else "Remove one."
            )
            problems.append(
                record.problem(record.row.KEY[0], f"duplicate key: {named} is also on line {lines[key]}", mend)
            )
        lines.setdefault(key, record.line)
    return problems


# ------------------------------------------------------------------------------------------------- attributes


def _attributes() -> dict[str, str]:
    """Return the attributes that rules may always use, with their SQL types."""
    contract = load_contract()
    leads = {c.name: c.data_type for c in contract["leads"].columns if c.name not in NO_LEAD_ATTRIBUTES}
    accounts = {
        f"account_{c.name}": c.data_type for c in contract["accounts"].columns if c.name not in NO_ACCOUNT_ATTRIBUTES
    }
    return leads | accounts | DERIVED_ATTRIBUTES


def _declared_attributes(project_root: Path) -> set[str]:
    """Return the variable `custom_attributes` of dbt_project.yml, given at the top or under the project's name."""
    try:
        project = yaml.safe_load((project_root / "dbt_project.yml").read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return set()  # dbt itself says what is wrong with its file
    variables = project.get("vars") or {}
    own = variables.get(project.get("name")) if isinstance(variables.get(project.get("name")), dict) else None
    names = (own or {}).get("custom_attributes", variables.get("custom_attributes"))
    return {str(name) for name in names} if isinstance(names, list) else set()


# ------------------------------------------------------------------------------- checks across rows and files


@dataclass(frozen=True)
class _Checks:
    """What only several rows or files together can show."""

    tables: dict[str, Table]
    attributes: dict[str, str]

    def run(self) -> list[Problem]:
        """Return all problems; a file that could not be read is left out, so that its one fault is not reported hundredfold."""
        checks: Sequence[Callable[[], Iterable[Problem]]] = (
            self._champion,
            self._scorecards_known,
            self._groups_known,
            self._activities_known,
            self._signals_known,
            self._rules_of_steps_known,
            self._contents_known,
            self._attributes_known,
            self._rule_ids_unique,
            self._versions,
            self._bands,
            self._channels,
            self._target_channels_known,
            self._repeated_activity_patterns,
        )
        return [problem for check in checks for problem in check()]

    def _rows(self, name: str, row_type: type[RowType]) -> list[Record[RowType]]:
        return [
            cast(Record[RowType], record) for record in self.tables[name].records if isinstance(record.row, row_type)
        ]

    def _champion(self) -> Iterator[Problem]:
        table = self.tables["scoring/scorecards.csv"]
        if not table.is_whole:
            return
        champions = [record for record in table.records if (record.cells["is_champion"] or "").lower() == "true"]
        if not champions and all(record.row for record in table.records):
            yield Problem(
                _where(table.file, None, "is_champion"),
                "no scorecard is the champion",
                "Write true for exactly one scorecard.",
            )
        for record in champions[1:]:
            first = champions[0]
            yield record.problem(
                "is_champion",
                f"'{record.cells['is_champion']}' makes {record.cells['scorecard_id']} a second champion beside "
                f"{first.cells['scorecard_id']} on line {first.line}",
                "Write true for exactly one scorecard.",
            )

    def _scorecards_known(self) -> Iterator[Problem]:
        cards = self.tables["scoring/scorecards.csv"]
        known = {name for (name,) in cards.names("scorecard_id") if name}
        if not cards.is_whole:
            return
        for table in self.tables.values():
            for record in table.records:
                name = record.cells.get("scorecard_id")
                if name and name not in known:
                    yield record.problem(
                        "scorecard_id", f"'{name}' is not a scorecard", allowed(name, known, cards.file)
                    )

    def _groups_known(self) -> Iterator[Problem]:
        groups = self.tables["scoring/score_groups.csv"]
        if not groups.is_whole:
            return
        known, cards = (
            groups.names("scorecard_id", "group_id"),
            self.tables["scoring/scorecards.csv"].names("scorecard_id"),
        )
        dimensions = {
            record.row.key(): record.row.dimension
            for record in self._rows("scoring/score_groups.csv", ScoreGroup)
            if record.row
        }
        for name, dimension in (("scoring/fit_rules.csv", "fit"), ("scoring/engagement_rules.csv", "engagement")):
            for record in self.tables[name].records:
                card, group = record.cells["scorecard_id"], record.cells["group_id"]
                if not card or not group:
                    continue
                if (card,) not in cards:
                    continue  # reported as an unknown scorecard
                own = {other for other_card, other in known if other_card == card and other}
                if group not in own:
                    what = f"'{group}' is not a group of scorecard {card}"
                    yield record.problem("group_id", what, allowed(group, own, groups.file))
                elif dimensions.get((group, card), dimension) != dimension:
                    right = [key[0] for key, found in dimensions.items() if key[1] == card and found == dimension]
                    what = f"'{group}' is a group of dimension {dimensions[(group, card)]}, but this is a rule of {dimension}"
                    yield record.problem("group_id", what, f"Allowed: {', '.join(right)}.")

    def _activities_known(self) -> Iterator[Problem]:
        types = self.tables["mapping/activity_types.csv"]
        if not types.is_whole:
            return
        known = {name for (name,) in types.names("activity_type") if name}
        for name in ("scoring/engagement_rules.csv", "lifecycle/nurture_contents.csv", "mapping/activity_rules.csv"):
            for record in self.tables[name].records:
                activity = record.cells["activity_type"]
                if activity and activity not in known:
                    what = f"'{activity}' is not an activity type"
                    yield record.problem("activity_type", what, allowed(activity, known, types.file))
        for rule in self._rows("lifecycle/stage_rules.csv", StageRule):
            counted = rule.row.counted_activity if rule.row else None
            if counted is not None and counted not in known:
                what = f"'{rule.cells['metric']}' counts an unknown activity type"
                yield rule.problem("metric", what, allowed(counted, known, types.file))

    def _signals_known(self) -> Iterator[Problem]:
        """Yield names that are neither an activity type nor an intent."""
        types = self.tables["mapping/activity_types.csv"]
        if not types.is_whole:
            return
        known = {name for (name,) in types.names("activity_type") if name} | {f"intent:{intent}" for intent in INTENTS}
        for name, columns in (
            ("lifecycle/next_steps.csv", ("activity_type",)),
            ("lifecycle/nurture_rules.csv", ("seen_activity_type", "not_seen_activity_type")),
        ):
            for record in self.tables[name].records:
                for column in columns:
                    signal = record.cells[column]
                    if signal and signal not in known:
                        what = f"'{signal}' is neither an activity type nor an intent such as intent:commercial"
                        yield record.problem(column, what, allowed(signal, known, types.file))

    def _rules_of_steps_known(self) -> Iterator[Problem]:
        """Yield next steps for a rule that no scorecard has at that stage."""
        rules = self.tables["lifecycle/stage_rules.csv"]
        if not rules.is_whole:
            return
        known = rules.names("stage", "rule_id")
        for record in self.tables["lifecycle/next_steps.csv"].records:
            stage, rule = record.cells["stage"], record.cells["rule_id"]
            own = {name for at, name in known if name and stage in (None, at)}
            if rule and rule not in own:
                what = f"'{rule}' is not a rule of stage {stage}" if stage else f"'{rule}' is not a stage rule"
                yield record.problem("rule_id", what, allowed(rule, own, rules.file))

    def _contents_known(self) -> Iterator[Problem]:
        """Yield nurture rules for content of which nobody could tell whether it was seen."""
        contents = self.tables["lifecycle/nurture_contents.csv"]
        if not contents.is_whole:
            return
        known = {name for (name,) in contents.names("content_type") if name}
        for record in self.tables["lifecycle/nurture_rules.csv"].records:
            content = record.cells["next_content_type"]
            if content and content not in known:
                what = f"'{content}' is not a content type"
                yield record.problem("next_content_type", what, allowed(content, known, contents.file))

    def _attributes_known(self) -> Iterator[Problem]:
        for name in ("scoring/fit_rules.csv", "lifecycle/exclusions.csv"):
            for record in self.tables[name].records:
                attribute = record.cells["attribute"]
                if attribute and attribute not in self.attributes:
                    hint = closest(attribute, self.attributes)
                    yield record.problem(
                        "attribute",
                        f"'{attribute}' is not a known attribute",
                        f"{hint} Allowed: {', '.join(self.attributes)}; further names from the raw table lead_attributes or "
                        "from the variable custom_attributes in dbt_project.yml.".strip(),
                    )
                elif isinstance(record.row, FitRule | Exclusion) and record.row.value is not None:
                    yield from self._value_fits(record, record.row)

    def _value_fits(self, record: Record[Row], row: FitRule | Exclusion) -> Iterator[Problem]:
        """Check the value against the attribute's type: comparisons are exact, so a wrong spelling would never match."""
        kind, value = self.attributes[row.attribute], row.value or ""
        if row.operator in NUMERIC_OPERATORS and kind in ("varchar", "boolean"):
            what = f"'{row.operator}' compares numbers, but {row.attribute} is of type {kind}"
            yield record.problem("operator", what, "Allowed: equals, in, contains, is_present, is_missing.")
        if row.operator not in ("equals", "in"):
            return
        parts = value.split("|") if row.operator == "in" else [value]
        for part in parts:
            if kind == "boolean" and part not in ("true", "false"):
                yield record.problem(
                    "value", f"'{part}' is no value of {row.attribute}", "Allowed: true, false (lower case)."
                )
            elif kind.startswith(("decimal", "bigint")) and not _is_plain_number(part):
                mend = "Write a number without needless zeros such as 100 or 0.5, or use at_least, at_most or between."
                yield record.problem("value", f"'{part}' is no value of {row.attribute}, which is a number", mend)
            elif row.attribute == "email_domain" and part != part.lower():
                yield record.problem(
                    "value",
                    f"'{part}' has capital letters; domains are compared in lower case",
                    f"Write {part.lower()}.",
                )
            elif row.attribute in TITLE_ATTRIBUTES:
                yield from self._title_value_fits(record, row.attribute, part)

    def _title_value_fits(self, record: Record[Row], attribute: str, value: str) -> Iterator[Problem]:
        titles = self.tables["mapping/job_titles.csv"]
        known = {found for kind, found in titles.names("attribute", "value") if kind == attribute and found}
        if titles.is_whole and value not in known:
            yield record.problem("value", f"'{value}' is no value of {attribute}", allowed(value, known, titles.file))

    def _rule_ids_unique(self) -> Iterator[Problem]:
        """The ledger's entries carry scorecard and rule: one id for a fit rule and an engagement rule would mix them up."""
        fit = {
            (rule.row.scorecard_id, rule.row.rule_id): rule.line
            for rule in self._rows("scoring/fit_rules.csv", FitRule)
            if rule.row
        }
        for rule in self._rows("scoring/engagement_rules.csv", EngagementRule):
            key = (rule.cells["scorecard_id"] or "", rule.cells["rule_id"] or "")
            if key in fit:
                what = f"duplicate key: rule '{key[1]}' of {key[0]} is also a fit rule (seeds/scoring/fit_rules.csv, line {fit[key]})"
                yield rule.problem("rule_id", what, "Give one of the two rules another name.")

    def _versions(self) -> Iterator[Problem]:
        for fit in _groups(self._rows("scoring/fit_rules.csv", FitRule), lambda row: (row.scorecard_id, row.rule_id)):
            yield from _overlaps(fit, ends_at_next=False)
        engagement = self._rows("scoring/engagement_rules.csv", EngagementRule)
        for versions in _groups(engagement, lambda row: (row.scorecard_id, row.rule_id)):
            yield from _overlaps(versions, ends_at_next=False)
        clauses = self._rows("lifecycle/stage_rules.csv", StageRule)
        for clause in _groups(clauses, lambda row: (row.scorecard_id, row.stage, row.rule_id, row.clause)):
            yield from _overlaps(clause, ends_at_next=True)

    def _bands(self) -> Iterator[Problem]:
        bands, cards = self.tables["scoring/score_bands.csv"], self.tables["scoring/scorecards.csv"]
        if not bands.is_whole or not cards.is_whole or not all(record.row for record in bands.records):
            return
        limits: dict[tuple[str, str], dict[str, Record[ScoreBand]]] = defaultdict(dict)
        for record in self._rows("scoring/score_bands.csv", ScoreBand):
            if record.row:
                limits[(record.row.scorecard_id, record.row.dimension)][record.row.band] = record
        for card in self._rows("scoring/scorecards.csv", Scorecard):
            for dimension, names in BANDS.items():
                found = limits.get((card.cells["scorecard_id"] or "", dimension), {})
                if not any(_min_points(record) == 0 for record in found.values()):
                    yield Problem(
                        _where(bands.file, None, "min_points"),
                        f"scorecard '{card.cells['scorecard_id']}' has no {dimension} band that reaches down to 0, "
                        "so low scores would have no grade",
                        f"Add a row for band {names[-1]} with min_points 0.",
                    )
                yield from _band_order([found[name] for name in names if name in found])

    def _channels(self) -> Iterator[Problem]:
        first: dict[int, Record[ChannelRule]] = {}
        for record in self._rows("mapping/channel_rules.csv", ChannelRule):
            if record.row is None:
                continue
            other = first.setdefault(record.row.priority, record)
            if other.row and other.row.channel != record.row.channel:
                what = f"'{record.row.channel}' shares priority {record.row.priority} with {other.row.channel} on line {other.line}"
                yield record.problem("channel", what, "Give each channel rule a priority of its own.")

    def _target_channels_known(self) -> Iterator[Problem]:
        """A target for a channel that no lead can have would never be reached."""
        sources = [self.tables[name] for name in ("mapping/channel_rules.csv", "mapping/lead_source_channels.csv")]
        if not all(table.is_whole for table in sources):
            return
        named = {name for table in sources for (name,) in table.names("channel") if name}
        known = {ALL_CHANNELS, NO_CHANNEL} | named
        files = " and ".join(table.file for table in sources)
        for record in self.tables["lifecycle/targets.csv"].records:
            channel = record.cells["channel"]
            if channel and channel not in known:
                mend = f"Allowed: {ALL_CHANNELS}, {NO_CHANNEL}, and the channels in {files}."
                hint = closest(channel, sorted(known))
                yield record.problem("channel", f"'{channel}' is not a channel", f"{hint} {mend}".strip())

    def _repeated_activity_patterns(self) -> Iterator[Problem]:
        first: dict[tuple[str, ...], int] = {}
        for record in self._rows("mapping/activity_rules.csv", ActivityRule):
            if record.row is None:
                continue
            key = (record.row.entity, record.row.field, record.row.match, record.row.pattern.lower())
            if key in first:
                what = f"duplicate key: '{record.row.pattern}' is already matched by line {first[key]}, so this row may never count"
                yield record.problem("pattern", what, "Remove one of the two rows.")
            first.setdefault(key, record.line)


def _is_plain_number(text: str) -> bool:
    if not NUMBER.fullmatch(text):
        return False
    plain = f"{Decimal(text):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain == text


def _min_points(record: Record[ScoreBand]) -> Decimal:
    return record.row.min_points if record.row else Decimal(0)


def _band_order(bands: list[Record[ScoreBand]]) -> Iterator[Problem]:
    for better, worse in itertools.pairwise(bands):
        if _min_points(better) <= _min_points(worse):
            yield worse.problem(
                "min_points",
                f"'{worse.cells['min_points']}' of band {worse.cells['band']} is not below "
                f"'{better.cells['min_points']}' of band {better.cells['band']} on line {better.line}",
                "A better band must begin at more points.",
            )


def _groups(
    records: list[Record[RowType]], key: Callable[[RowType], tuple[Any, ...]]
) -> Iterator[list[Record[RowType]]]:
    """Yield the versions of each rule."""
    groups: dict[tuple[Any, ...], list[Record[RowType]]] = defaultdict(list)
    for record in records:
        if record.row is not None:
            groups[key(record.row)].append(record)
    yield from groups.values()


def _overlaps(versions: Sequence[Record[Any]], ends_at_next: bool) -> Iterator[Problem]:
    """Yield versions that begin before an earlier one has ended; those that begin at the same time are duplicate keys.

    `ends_at_next`: an empty valid_to means until the next version; else it means for ever.
    """
    spans = sorted((*_span(record), record.line, record) for record in versions)
    open_until, holder = START_OF_TIME, None
    for position, (begin, stated_end, _, record) in enumerate(spans):
        later = [span[0] for span in spans[position + 1 :] if span[0] > begin]
        end = later[0] if later and ends_at_next and not record.cells["valid_to"] else stated_end
        if holder is not None and begin < open_until and begin != _span(holder)[0]:
            until = f"until {holder.cells['valid_to']}" if holder.cells["valid_to"] else "without end"
            yield record.problem(
                "valid_from",
                f"'{record.cells['valid_from']}' lies within an earlier version of rule {record.cells['rule_id']} "
                f"(line {holder.line}, valid {until})",
                f"End the earlier version there: write {record.cells['valid_from']} as its valid_to.",
            )
        if end > open_until:
            open_until, holder = end, record


def _span(record: Record[Any]) -> tuple[datetime, datetime]:
    """Return from when to when a version says that it is valid; open ends are the ends of time."""
    row = cast(FitRule | EngagementRule | StageRule, record.row)
    return row.valid_from or START_OF_TIME, row.valid_to or END_OF_TIME
