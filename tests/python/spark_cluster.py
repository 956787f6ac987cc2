"""A standalone Spark cluster on this machine, to build on: one master, two workers and a thrift server, all on loopback.

From the command line, with a Python that has pyspark: `python tests/python/spark_cluster.py FOLDER` starts it, says on which port
the thrift server listens, and stops it when it is interrupted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil

from servers import free_port

HOST = "127.0.0.1"
WORKERS = 2
# Of one worker, and of the thrift server, which plans every query and holds the catalogue.
WORKER_MEMORY, EXECUTOR_MEMORY, SERVER_MEMORY = "1500m", "1100m", "3g"
STARTING_SECONDS = 120


class SparkCluster:
    """Processes, catalogue (Derby) and tables of a cluster, all below one folder, which is made; tables stay there when it stops."""

    def __init__(self, folder: Path, port: int | None = None, *, keeps_events: bool = False) -> None:
        """`port`: of the thrift server; a free one where none is given. `keeps_events`: write what Spark's own pages show of each
        query below `events`, for spark_usage.py."""
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.keeps_events = keeps_events
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> SparkCluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when queries are answered; raises RuntimeError, and stops what runs, where a process ends or takes too long."""
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        master = free_port()
        try:
            address = f"spark://{HOST}:{master}"
            self._run("master", "spark-class", "org.apache.spark.deploy.master.Master", *_at(HOST, master))
            self._wait_until(lambda: is_listening(master))
            for number in range(1, WORKERS + 1):
                options = ["--cores", "1", "--memory", WORKER_MEMORY, *_at(HOST, 0), address]
                self._run(f"worker-{number}", "spark-class", "org.apache.spark.deploy.worker.Worker", *options)
            self._run("thrift", "spark-submit", *self._server_options(address))
            self._wait_until(lambda: is_listening(self.port))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends all processes that were started here, the newest first."""
        for process in reversed(self._processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def _server_options(self, address: str) -> list[str]:
        catalogue = f"jdbc:derby:;databaseName={self.folder / 'metastore'};create=true"
        settings = {
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.executor.memory": EXECUTOR_MEMORY,
            "spark.ui.enabled": "false",
            "spark.sql.warehouse.dir": str(self.folder / "tables"),
            "spark.hadoop.javax.jdo.option.ConnectionURL": catalogue,
            # The catalogue and the tables are thrown away: nothing has to outlive a loss of power.
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={self.folder} -Dderby.system.durability=test",
        }
        if self.keeps_events:
            (self.folder / "events").mkdir(exist_ok=True)
            settings |= {
                "spark.eventLog.enabled": "true",
                "spark.eventLog.compress": "false",
                "spark.eventLog.dir": str(self.folder / "events"),
            }
        server = {"hive.server2.thrift.port": str(self.port), "hive.server2.thrift.bind.host": HOST}
        options = ["--master", address, "--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"]
        options += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        return [
            *options,
            "spark-internal",
            *(word for pair in server.items() for word in ("--hiveconf", "=".join(pair))),
        ]

    def _run(self, name: str, program: str, *options: str) -> None:
        home = spark_home()
        environment = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "SPARK_DAEMON_MEMORY": SERVER_MEMORY if name == "thrift" else "384m",
        }
        with (self.folder / "log" / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [str(home / "bin" / program), *options],
                    cwd=self.folder,
                    env=environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        end = time.monotonic() + STARTING_SECONDS
        while not is_ready():
            if time.monotonic() > end or any(process.poll() is not None for process in self._processes):
                raise RuntimeError(f"Spark did not start; see {self.folder / 'log'}")
            time.sleep(0.2)


@contextmanager
def spark_server() -> Iterator[dict[str, str]]:
    """A cluster; gives the environment by which profiles.yml and the package find it."""
    folder = Path(tempfile.mkdtemp(prefix="leadhouse-spark-"))
    (folder / "exchange").mkdir()
    try:
        with SparkCluster(folder) as cluster:
            yield {
                "LEADHOUSE_SPARK_HOST": HOST,
                "LEADHOUSE_SPARK_PORT": str(cluster.port),
                "LEADHOUSE_SPARK_EXCHANGE": str(folder / "exchange"),
                "LEADHOUSE_SPARK_PARTITIONS": "2",
                "DBT_TARGET": "spark",
            }
    finally:
        shutil.rmtree(folder)


def kill_worker() -> None:
    """Kill one of the workers that this process has started, with its executor, as a machine that dies would be gone."""
    workers = [
        process
        for process in psutil.Process().children(recursive=True)
        if "org.apache.spark.deploy.worker.Worker" in process.cmdline()
    ]
    os.killpg(os.getpgid(workers[0].pid), signal.SIGKILL)


def spark_home() -> Path:
    """Where pyspark keeps its programs and jars; raises RuntimeError where it is not installed."""
    found = find_spec("pyspark")
    if not found or not found.origin:
        raise RuntimeError("pyspark is not installed")
    return Path(found.origin).parent


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


def _at(host: str, port: int) -> list[str]:
    return ["--host", host, "--port", str(port), "--webui-port", "0"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--events", action="store_true", help="write what spark_usage.py reads")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with SparkCluster(options.folder, options.port, keeps_events=options.events) as cluster:
        print(f"The thrift server listens on port {cluster.port}. Interrupt to stop.", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("Stopping.")


if __name__ == "__main__":
    main()
