"""Run several MetricFlow commands in one process, which takes seconds to begin: a JSON list of their arguments on stdin.

Prints what they print; ends with 1 at the first that failed. To be run in the folder of a project.
"""

from __future__ import annotations

import json
import sys

import update_checker
from click.testing import CliRunner

# It would ask a package registry whether there is a newer version, at each command.
update_checker.UpdateChecker.check = lambda *_: None

from dbt_metricflow.cli.main import cli  # noqa: E402

for arguments in json.load(sys.stdin):
    done = CliRunner().invoke(cli, arguments)
    if done.exit_code:
        sys.exit(f"mf {' '.join(arguments)}: {done.output} {done.exception!r}")
    # While a command runs, another stream may stand for it.
    print(done.output, file=sys.__stdout__)
