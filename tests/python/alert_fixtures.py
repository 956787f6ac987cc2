"""An outbox of alerts to send, and a service on this machine that receives them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.messages import Alert

NOW = datetime(2026, 7, 1, 12)
_TYPES = {
    "score": "decimal(18,6)",
    "current_score": "decimal(18,6)",
    "entered_at": "timestamp",
    "expires_at": "timestamp",
}


def make_alert(number: int = 1, **changes: Any) -> Alert:
    """An alert of a lead that entered SQL `number` minutes after midnight."""
    entered_at = datetime(2026, 7, 1) + timedelta(minutes=number)
    values = {
        "alert_id": f"alert-{number:04}",
        "lead_id": f"lead-{number:04}",
        "stage": "sql",
        "current_stage": "sql",
        "rule_id": "demo_request",
        "owner_id": "owner-1",
        "email": f"ann{number}@canary.example",
        "phone": "+56 2 5550 0100",
        "first_name": "Ann",
        "last_name": f"Canary{number}",
        "job_title": "Director",
        "company_name": "Acme",
        "country": "Chile",
        "grade": "A1",
        "why": "Asked for a demo within 30 days. Most points: Director (15)",
        "product_interest": "lead scoring, attribution; CRM: enterprise",
        "next_step": "Call within the day to agree on a date for the demo",
        "last_activities": "2026-06-30 23:59 A product demo was asked for: demo\n2026-06-30 23:58 A page was seen",
        "score": Decimal("72.5"),
        "current_score": Decimal(70),
        "entered_at": entered_at,
        "expires_at": datetime(9999, 1, 1),
    }
    return Alert(**{**values, **changes})


def write_outbox(home: Path, alerts: Sequence[Alert]) -> None:
    """Write the outbox as publishing does: beside, and put in place at once."""
    home.mkdir(parents=True, exist_ok=True)
    draft = home / "draft.duckdb"
    names = [one.name for one in fields(Alert)]
    columns = ", ".join(f"{name} {_TYPES.get(name, 'varchar')}" for name in names)
    with duckdb.connect(str(draft)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.sales_alerts ({columns})")
        places = ", ".join("?" for _ in names)
        for alert in alerts:
            connection.execute(f"insert into marts.sales_alerts values ({places})", list(asdict(alert).values()))
    draft.chmod(0o600)
    draft.replace(home / "activation.duckdb")


@dataclass
class Receiver:
    """What arrived, per path, in order; `behave` gives the status for a path and may do something first."""

    port: int = 0
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    behave: Callable[[str], int] = lambda path: 200

    def url(self, path: str = "ok", login: str = "") -> str:
        """The target's URL, as one writes it for apprise."""
        return f"json://{login}127.0.0.1:{self.port}/{path}"

    def ids(self, path: str = "ok") -> list[str]:
        """The ids of the alerts that arrived."""
        return [message["alert_id"] for place, message in self.received if place == f"/{path}"]

    def titles(self, path: str = "ok") -> list[str]:
        """The titles that arrived."""
        return [message["title"] for place, message in self.received if place == f"/{path}"]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port. Paths with `drip` never end their answer, those with `moved` redirect."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.received.append((self.path, message))
            status = 302 if "moved" in self.path else receiver.behave(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "1000" if "drip" in self.path else "0")
            self.send_header("Location", "/landing")
            self.end_headers()
            while "drip" in self.path:
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.2)

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *arguments: object) -> None:
            """A sender that was killed hangs up; that is what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
