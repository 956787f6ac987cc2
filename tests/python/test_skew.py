"""One visitor with a million events, an office's proxy or a crawler that calls itself a browser, holds nothing up."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadhouse.demo import write_world

pytestmark = pytest.mark.skipif(
    os.environ.get("LEADHOUSE_SOAK") != "1", reason="LEADHOUSE_SOAK=1 writes a million events"
)
EVENTS = 1_000_000


def spread(raw: Path, count_visitors: int) -> None:
    """Add a million page views within a year, one every half minute, of so many visitors; now and then one of them names a lead."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                with people as (
                    select row_number() over (order by email) - 1 as number, count(*) over () as count_people, email
                    from (select distinct lower(trim(email)) as email from '{raw}/leads.csv' where email like '%@%')
                )
                select
                    'proxy-' || range as event_id,
                    'office-' || range % {count_visitors} as visitor_id,
                    case when range % 5000 = 0 then people.email end as email,
                    'page_view' as event_name,
                    timestamp '2025-07-01' + interval (range * 30) second as occurred_at,
                    timestamp '2025-07-01' + interval (range * 30) second as loaded_at,
                    'https://www.example.com/blog/post-' || range % 50 as page_url,
                    'Mozilla/5.0 (Windows NT 10.0)' as user_agent
                from range({EVENTS})
                left join people on people.number = (range // 5000) % people.count_people
            ) to '{raw}/web_events-proxy.parquet' (format parquet)
            """
        )


def test_a_visitor_with_a_million_events_takes_no_longer_than_as_many_visitors(tmp_path: Path, run_cli: Any) -> None:
    seconds = {}
    for count_visitors in (10_000, 1):
        home = tmp_path / f"of_{count_visitors}"
        home.mkdir()
        write_world(tmp_path / "raw", leads=60, seed=3)
        spread(tmp_path / "raw", count_visitors)
        clock = time.monotonic()
        done = run_cli(home, "build", "--raw", str(tmp_path / "raw"), "--as-of", "2026-07-01T00:00:00")
        seconds[count_visitors] = time.monotonic() - clock
        assert done.returncode == 0, done.stdout + done.stderr
        with duckdb.connect(str(home / "leadhouse.duckdb"), read_only=True) as connection:
            counted = connection.execute(
                "select count_raw_rows from marts.row_accounting where entity = 'web_events' and source_system = 'generic'"
            ).fetchall()
        assert counted[0][0] > EVENTS
        shutil.rmtree(tmp_path / "raw")
    # A ratio within one run; each takes about a minute.
    assert seconds[1] < 3 * seconds[10_000], seconds
