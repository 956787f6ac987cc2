"""People with a name and a fixed history: the worked examples of the stage rules, and near misses of each.

They have next to no attributes, so that no score threshold interferes: what makes a persona an MQL or SQL, or does
not, is the one rule that its story is about. `expected` is what the shipped criteria must make of it; a stage without
an entry must not be reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import SECOND, moment, text_of
from leadhouse.demo.script import Row, Script


@dataclass(frozen=True)
class Persona:
    """One planted person: id of the CRM record (None: only on the web), address, story, and the stages to find."""

    lead_source_id: str | None
    email: str | None
    story: str
    expected: dict[str, Any] = field(default_factory=dict)
    scanner_rows: int = 0  # rows of message_events that are a scanner's

    @property
    def name(self) -> str:
        """What the persona is called in tests and docs."""
        return self.lead_source_id or str(self.email).split("@")[0]

    def as_json(self) -> dict[str, Any]:
        """What tests and docs need."""
        return {
            "lead_source_id": self.lead_source_id,
            "email": self.email,
            "story": self.story,
            "expected": self.expected,
        }


def _stage(at: str, *rules: str) -> dict[str, Any]:
    """A stage to be entered at a moment, by one of the rules (none: by the CRM)."""
    return {"at": at, "rules": list(rules)}


def _address(name: str) -> str:
    return f"{name}@personas.example"


# ------------------------------------------------------------------------------- three pricing views and a form

_FEBRUARY_VIEWS = ("2026-02-01 10:00:00", "2026-02-10 10:00:00")


def _pricing_views(script: Script, name: str, views: tuple[str, ...], form: str | None = None) -> str:
    """Pricing views on one device and, once, the contact form at `form`; the CRM record follows in seconds."""
    email = _address(name)
    for view in views:
        script.view(name, view, "/pricing")
    if form:
        script.form(name, form, email, "contact")
        script.lead(name, email, _after(form))
    return email


def _after(at: str, seconds: int = 5) -> str:
    return text_of(moment(at) + seconds * SECOND)


def _pricing_form(script: Script) -> Persona:
    name, form = "persona-pricing-form", "2026-03-09 09:10:00"
    views = ("2026-03-02 10:00:00", "2026-03-05 11:00:00", "2026-03-09 09:00:00")
    email = _pricing_views(script, name, views, form)
    return Persona(
        name,
        email,
        "Three anonymous pricing views within a week, then the contact form.",
        {"mql": _stage(form, "pricing_views_and_contact_form")},
    )


def _two_pricing_views(script: Script) -> Persona:
    name = "persona-two-pricing-views"
    email = _pricing_views(script, name, ("2026-03-02 10:00:00", "2026-03-05 11:00:00"), "2026-03-09 09:10:00")
    return Persona(name, email, "Near miss: only two pricing views beside the form.")


def _pricing_edge_inside(script: Script) -> Persona:
    name, third = "persona-pricing-edge-inside", "2026-03-03 09:59:59"
    email = _pricing_views(script, name, (*_FEBRUARY_VIEWS, third), "2026-02-02 12:00:00")
    return Persona(
        name,
        email,
        "The third pricing view comes one second before the first leaves the 30-day window; the form came between.",
        {"mql": _stage(third, "pricing_views_and_contact_form")},
    )


def _pricing_edge_outside(script: Script) -> Persona:
    name = "persona-pricing-edge-outside"
    email = _pricing_views(script, name, (*_FEBRUARY_VIEWS, "2026-03-03 10:00:00"), "2026-02-02 12:00:00")
    return Persona(
        name, email, "Near miss: the third pricing view comes exactly when the first leaves the 30-day window."
    )


def _pricing_day_31(script: Script) -> Persona:
    name = "persona-pricing-day-31"
    email = _pricing_views(script, name, (*_FEBRUARY_VIEWS, "2026-03-04 10:00:00"), "2026-02-02 12:00:00")
    return Persona(name, email, "Near miss: the third pricing view comes on day 31.")


# ------------------------------------------------------------------------------- e-mails opened, then pricing

_MAILS = ("2026-03-04 09:00:00", "2026-03-06 09:00:00", "2026-03-08 09:00:00")
_OPENS = ("2026-03-04 12:00:00", "2026-03-06 12:00:00", "2026-03-08 12:00:00")
_PRICING_VIEW = "2026-03-10 14:00:00"


def _mail_reader(
    script: Script, name: str, opens: tuple[str | None, ...], mails: tuple[str, ...] = _MAILS, view: str = _PRICING_VIEW
) -> str:
    """A contact who gets e-mails, opens some, and then looks at the pricing page on a device known from the form."""
    email = _address(name)
    script.form(name, "2026-03-02 09:00:00", email, "contact")
    script.lead(name, email, "2026-03-02 09:00:05")
    for step, (sent, opened) in enumerate(zip(mails, opens, strict=True), start=1):
        script.mail(name, email, sent, opened, step)
    script.view(name, view, "/pricing")
    return email


def _emails_pricing(script: Script) -> Persona:
    name = "persona-emails-pricing"
    email = _mail_reader(script, name, _OPENS)
    return Persona(
        name,
        email,
        "Opened each of the last three e-mails, then saw the pricing page.",
        {"sql": _stage(_PRICING_VIEW, "emails_opened_and_pricing")},
    )


def _one_unopened(script: Script) -> Persona:
    name = "persona-one-email-unopened"
    email = _mail_reader(script, name, (_OPENS[0], None, _OPENS[2]))
    return Persona(name, email, "Near miss: one of the last three e-mails was not opened.")


def _fourth_unopened(script: Script) -> Persona:
    name = "persona-fourth-email-unopened"
    email = _mail_reader(script, name, (*_OPENS, None), (*_MAILS, "2026-03-09 09:00:00"))
    return Persona(name, email, "Near miss: a fourth e-mail came, unopened, before the pricing view.")


def _two_emails(script: Script) -> Persona:
    name = "persona-two-emails"
    email = _mail_reader(script, name, _OPENS[:2], _MAILS[:2])
    return Persona(name, email, "Near miss: both e-mails opened, but only two were ever sent.")


def _opened_after_view(script: Script) -> Persona:
    name, opened = "persona-opened-after-view", "2026-03-12 08:00:00"
    email = _mail_reader(script, name, (*_OPENS[:2], opened))
    return Persona(
        name,
        email,
        "Saw the pricing page first and opened the third e-mail two days later.",
        {"sql": _stage(opened, "emails_opened_and_pricing")},
    )


def _scanned(script: Script) -> Persona:
    name = "persona-email-scanner"
    email = _mail_reader(script, name, (None, None, None))
    sent_rows = [
        row for row in script.rows["message_events"] if row["recipient"] == email and row["event_type"] == "delivered"
    ]
    for row in sent_rows:
        common = {key: row[key] for key in ("message_id", "lead_source_id", "recipient", "step", "sequence_name")}
        common |= {"campaign_source_id": row["campaign_source_id"], "channel": "email"}
        script.message_event("opened", row["occurred_at"] + 2 * SECOND, **common)
        for place, link in enumerate(("/case-studies", "/blog/lead-scoring-basics", "/unsubscribe")):
            at = row["occurred_at"] + (3 + place) * SECOND
            script.message_event("clicked", at, url=words.SITE + link, **common)
    story = "Near miss: all three e-mails opened and every link clicked, by a security scanner."
    return Persona(name, email, story, scanner_rows=4 * len(sent_rows))


# ------------------------------------------------------------------------------- newsletter and opens


def _newsletter_reader(script: Script, name: str, count_opened: int) -> tuple[str, str]:
    email = _address(name)
    script.form(name, "2026-03-02 09:00:00", email, "newsletter")
    script.lead(name, email, "2026-03-02 09:00:05")
    opened = ""
    for step in range(5):
        day = 5 + 5 * step
        read = f"2026-03-{day:02d} 11:00:00" if step < count_opened else None
        script.mail(name, email, f"2026-03-{day:02d} 09:00:00", read, step + 1, "monthly-newsletter")
        opened = read or opened
    return email, opened


def _newsletter_opens(script: Script) -> Persona:
    name = "persona-newsletter-opens"
    email, opened = _newsletter_reader(script, name, 4)
    return Persona(
        name,
        email,
        "Subscribed to the newsletter and opened four e-mails within 30 days.",
        {"mql": _stage(opened, "newsletter_and_opens")},
    )


def _newsletter_few_opens(script: Script) -> Persona:
    name = "persona-newsletter-three-opens"
    email, _ = _newsletter_reader(script, name, 3)
    return Persona(name, email, "Near miss: subscribed to the newsletter, but opened only three e-mails.")


# ------------------------------------------------------------------------------- requests, e-book and demo


def _request(script: Script, form_name: str) -> Persona:
    name, at = f"persona-{form_name}-request", "2026-04-07 10:30:00"
    email = _address(name)
    script.form(name, at, email, form_name)
    script.lead(name, email, _after(at))
    rule = f"{form_name}_request"
    return Persona(name, email, f"Asked for a {form_name} at once.", {"mql": _stage(at, rule), "sql": _stage(at, rule)})


def _demo(script: Script) -> Persona:
    return _request(script, "demo")


def _consultation(script: Script) -> Persona:
    return _request(script, "consultation")


def _ebook_reader(script: Script, name: str) -> str:
    email = _address(name)
    script.download(name, "2026-03-02 09:00:00", email, "ebook-lead-scoring")
    script.lead(name, email, "2026-03-02 09:00:05")
    return email


def _ebook_meeting(script: Script) -> Persona:
    name, booked = "persona-ebook-meeting", "2026-03-10 15:00:00"
    email = _ebook_reader(script, name)
    script.touch(name, "meeting", "booked", booked)
    return Persona(
        name,
        email,
        "Downloaded an e-book and has a demonstration in the calendar a week later.",
        {"sql": _stage(booked, "ebook_and_meeting")},
    )


def _ebook_demo(script: Script) -> Persona:
    name, asked = "persona-ebook-demo", "2026-03-10 15:00:00"
    email = _ebook_reader(script, name)
    script.form(name, asked, email, "demo")
    return Persona(
        name,
        email,
        "Downloaded an e-book and asked for a demo a week later.",
        {"mql": _stage(asked, "demo_request"), "sql": _stage(asked, "demo_request", "ebook_and_demo")},
    )


def _ebook_only(script: Script) -> Persona:
    name = "persona-ebook-only"
    return Persona(name, _ebook_reader(script, name), "Near miss: downloaded an e-book and nothing more.")


def _meeting_only(script: Script) -> Persona:
    name = "persona-meeting-only"
    script.lead(name, _address(name), "2026-03-02 09:00:00")
    script.touch(name, "meeting", "booked", "2026-03-10 15:00:00")
    return Persona(name, _address(name), "Near miss: a meeting is booked, but there was no e-book.")


# ------------------------------------------------------------------------------- other shipped rules


def _webinars(script: Script) -> Persona:
    name = "persona-webinar-series"
    script.lead(name, _address(name), "2025-08-04 09:00:00")
    for campaign, at in (
        ("cmp-webinar-2025-08", "2025-08-20 15:02:00"),
        ("cmp-webinar-2025-09", "2025-09-15 15:01:00"),
    ):
        script.add(
            "campaign_responses",
            campaign_source_id=campaign,
            lead_source_id=name,
            response="attended",
            occurred_at=moment(at),
        )
    return Persona(
        name,
        _address(name),
        "Took part in two webinars within 30 days.",
        {"mql": _stage("2025-09-15 15:01:00", "webinar_series")},
    )


def _cart_visitor(script: Script, name: str, views: tuple[str, ...]) -> str:
    email = _address(name)
    script.form(name, "2026-03-02 09:00:00", email, "contact")
    script.lead(name, email, "2026-03-02 09:00:05")
    for at in views:
        script.event(name, at, "cart_view", page_url=words.SITE + "/cart")
    return email


def _cart(script: Script) -> Persona:
    name, second = "persona-cart", "2026-03-06 10:00:00"
    email = _cart_visitor(script, name, ("2026-03-04 10:00:00", second))
    story = "Looked at the shopping cart twice within a week."
    return Persona(name, email, story, {"mql": _stage(second, "cart_several_times")})


def _cart_once(script: Script) -> Persona:
    name = "persona-cart-once"
    email = _cart_visitor(script, name, ("2026-03-04 10:00:00",))
    return Persona(name, email, "Near miss: looked at the shopping cart once.")


# ------------------------------------------------------------------------------- who is who


def _anonymous_first(script: Script) -> Persona:
    name, form = "persona-anonymous-first", "2026-02-20 09:00:00"
    views = ("2026-01-26 10:00:00", "2026-01-30 10:00:00", "2026-02-04 10:00:00")
    email = _pricing_views(script, name, views, form)
    return Persona(
        name,
        email,
        "Three pricing views weeks before anybody knew who it was; all of them count from the form on, none before.",
        {"mql": _stage(form, "pricing_views_and_contact_form"), "created_at": form, "pricing_page_views": 3},
    )


def _shared_device_first(script: Script) -> Persona:
    device, name, form = "persona-shared-device", "persona-shared-device-a", "2026-03-02 10:00:00"
    script.view(device, "2026-03-01 10:00:00", "/pricing")
    script.form(device, form, _address(name), "newsletter")
    script.lead(name, _address(name), _after(form))
    script.view(device, "2026-03-03 10:00:00", "/pricing")
    story = (
        "Shares a device: the views before and after the first form are theirs, the one after the second form is not."
    )
    return Persona(name, _address(name), story, {"pricing_page_views": 2})


def _shared_device_second(script: Script) -> Persona:
    device, name, form = "persona-shared-device", "persona-shared-device-b", "2026-03-05 10:00:00"
    script.form(device, form, _address(name), "newsletter")
    script.lead(name, _address(name), _after(form))
    script.view(device, "2026-03-06 10:00:00", "/pricing")
    story = "Signed in later on the device of persona-shared-device-a; only the last pricing view is theirs."
    return Persona(name, _address(name), story, {"pricing_page_views": 1})


def _web_only(script: Script) -> Persona:
    name = "persona-web-only"
    email = _address(name)
    script.view(name, "2026-03-02 08:55:00", "/product")
    script.form(name, "2026-03-02 09:00:00", email, "newsletter")
    story = "Signed up on the web; the CRM has no such record."
    expected: dict[str, Any] = {"created_at": "2026-03-02 09:00:00", "crm_records": 0}
    return Persona(None, email, story, expected)


def _user_id(script: Script) -> Persona:
    name = "persona-user-id"
    script.lead(name, None, "2026-03-02 09:00:00", phone="+1 212 555 0143")
    script.view(name, "2026-03-03 10:00:00", "/pricing")
    script.view(name, "2026-03-05 10:00:00", "/product", user_id=name)
    story = "No e-mail at all: known on the web only by the CRM id that the site has for signed-in users."
    return Persona(name, None, story, {"pricing_page_views": 1})


def _duplicate(script: Script) -> Persona:
    name, other = "persona-duplicate", "persona-duplicate-2"
    email = _address(name)
    script.lead(name, "Persona-Duplicate@Personas.example", "2026-02-02 09:00:00", country="Germany", first_name="Dora")
    script.lead(other, f"  {email} ", "2026-02-20 09:00:00", country="France", first_name=None)
    story = (
        "Two CRM records with one e-mail, typed differently: one lead, country of the newer, first name of the older."
    )
    return Persona(name, email, story, {"crm_records": 2, "country": "France", "first_name": "Dora"})


def _recycled(script: Script) -> Persona:
    name, again = "persona-recycled", "2026-01-15 11:00:00"
    email = _address(name)
    script.form(name, "2025-09-01 09:00:00", email, "demo")
    script.lead(name, email, "2025-09-01 09:00:05", status="mql", updated_at=moment(again), owner_id="owner-01")
    for status, at in (
        ("new", "2025-09-01 09:00:05"),
        ("mql", "2025-09-01 10:00:00"),
        ("accepted", "2025-09-02 09:00:00"),
    ):
        script.status(name, status, at)
    script.status(name, "recycled", "2025-10-01 09:00:00", "bad timing")
    script.form(name, again, email, "demo")
    script.status(name, "mql", "2026-01-15 12:00:00")
    return Persona(
        name,
        email,
        "Asked for a demo (so an SQL before sales accepted), was given back by sales, and asks again: a second cycle.",
        {
            "mql": _stage("2025-09-01 09:00:00", "demo_request"),
            "sql": _stage("2025-09-01 09:00:00", "demo_request"),
            "recycled": _stage("2025-10-01 09:00:00"),
            "second_cycle_mql": _stage(again, "demo_request"),
        },
    )


def _repeat_customer(script: Script) -> Persona:
    name = "persona-repeat-customer"
    script.lead(name, _address(name), "2025-03-03 09:00:00", status="qualified", owner_id="owner-01")
    steps = (("new", "03"), ("mql", "10"), ("accepted", "11"), ("qualified", "18"))
    for status, day in steps:
        script.status(name, status, f"2025-03-{day} 09:00:00")
    script.touch(name, "call", "connected", "2025-03-11 08:30:00")
    script.touch(name, "meeting", "held", "2025-03-18 08:00:00")
    script.deal(name, "2025-03-20 10:00:00", "2025-04-15 16:00:00", True, 12000.0)
    script.deal(name, "2025-09-01 10:00:00", "2025-09-20 16:00:00", True, 8000.0)
    days = {"mql": "2025-03-10 09:00:00", "sal": "2025-03-11 09:00:00", "sql": "2025-03-18 09:00:00"}
    later_days = {
        "opportunity": "2025-03-20 10:00:00",
        "customer": "2025-04-15 16:00:00",
        "repeat_customer": "2025-09-20 16:00:00",
    }
    expected = {stage: _stage(at) for stage, at in (days | later_days).items()}
    return Persona(name, _address(name), "Through every stage by the CRM, and bought twice.", expected)


def _forgotten(script: Script) -> Persona:
    name, at = "persona-no-owner", "2026-03-10 10:00:00"
    script.lead(name, _address(name), "2026-03-03 09:00:00", status="mql")
    script.status(name, "new", "2026-03-03 09:00:00")
    script.status(name, "mql", at)
    return Persona(name, _address(name), "An MQL without an owner, whom nobody ever called.", {"mql": _stage(at)})


def _opted_out(script: Script) -> Persona:
    name, at = "persona-opted-out", "2026-04-07 10:30:00"
    email = _address(name)
    script.form(name, at, email, "demo")
    script.lead(name, email, _after(at), has_opted_out=True)
    rule = "demo_request"
    story = "Asked for a demo and opted out of marketing: a stage, but no nurturing."
    return Persona(name, email, story, {"mql": _stage(at, rule), "sql": _stage(at, rule)})


# ------------------------------------------------------------------------------- excluded


def _excluded(script: Script, name: str, email: str, story: str, reason: str, **values: Any) -> Persona:
    at = "2026-04-07 10:30:00"
    script.form(name, at, email, "demo")
    script.lead(name, email, _after(at), **values)
    return Persona(name, email, story, {"excluded": reason})


def _competitor(script: Script) -> Persona:
    name = "persona-competitor"
    return _excluded(
        script, name, f"{name}@{words.COMPETITOR_DOMAINS[0]}", "A competitor asks for a demo.", "competitor"
    )


def _staff(script: Script) -> Persona:
    name = "persona-staff"
    return _excluded(
        script, name, f"{name}@{words.OWN_DOMAIN}", "One of our own people tries the demo form.", "own_staff"
    )


def _student(script: Script) -> Persona:
    name = "persona-student"
    email = f"{name}@{words.STUDENT_DOMAIN}"
    return _excluded(script, name, email, "A student asks for a demo.", "student", job_title="Student")


def _disposable(script: Script) -> Persona:
    name = "persona-disposable"
    return _excluded(
        script,
        name,
        f"demo-{name}@{words.DISPOSABLE_MAIL[0]}",
        "A demo asked for with a throw-away address.",
        "disposable_email",
    )


# ------------------------------------------------------------------------------- one of everything


def _everything(script: Script) -> Persona:
    """One activity of every type that can be observed, and behaviour from which every derived type follows."""
    name = "persona-everything"
    email = _address(name)
    script.form(name, "2025-06-02 09:00:00", email, "newsletter")
    script.lead(name, email, "2025-06-02 09:00:05", owner_id="owner-02", phone="+1 212 555 0142")
    paths = ("/", "/product/scoring", "/reviews", "/compare", "/case-studies", "/blog/mql-vs-sql", "/roi-calculator")
    for place, path in enumerate(paths):
        script.view(name, f"2025-06-03 10:{place:02d}:00", path, 50.0)
    script.view(name, "2025-06-03 10:07:00", "/pricing", 75.0)
    for place, form in enumerate(("contact", "callback", "trial", "webinar-lead-scoring", "course-five-days")):
        script.form(name, f"2025-06-04 10:{place:02d}:00", email, form)
    assets = (
        "ebook-mql-playbook",
        "checklist-utm",
        "whitepaper-attribution",
        "template-scoring-sheet",
        "brochure-product",
    )
    for place, asset in enumerate((*assets, "price-list-2025")):
        script.download(name, f"2025-06-05 10:{place:02d}:00", email, asset)
    events = ("chat_message", "social_follow", "social_like", "social_share", "social_comment", "cart_view", "cart_add")
    for place, event in enumerate((*events, "webinar_attendance")):
        script.event(name, f"2025-06-06 10:{place:02d}:00", event)
    script.form(name, "2025-06-09 09:00:00", email, "consultation")
    script.form(name, "2025-06-09 09:05:00", email, "demo")
    _every_message(script, name, email)
    for kind, outcome, day in (("call", "connected", "10"), ("meeting", "booked", "10"), ("meeting", "held", "12")):
        script.touch(name, kind, outcome, f"2025-06-{day} 10:00:00")
    webinar, show = ("cmp-webinar-2025-06", "2025-06-15 15:00:00"), ("cmp-show-2025-spring", "2025-06-15 16:00:00")
    for (campaign, at), response in ((webinar, "registered"), (webinar, "attended"), (show, "attended")):
        script.add(
            "campaign_responses",
            campaign_source_id=campaign,
            lead_source_id=name,
            response=response,
            occurred_at=moment(at),
        )
    expected = {
        "mql": _stage("2025-06-05 10:05:00", "price_list_request"),
        "sql": _stage("2025-06-09 09:00:00", "consultation_request"),
        "activity_types": "all",
    }
    story = "Did one of everything in June 2025, then nothing for more than a month (inactivity)."
    return Persona(name, email, story, expected)


def _every_message(script: Script, name: str, email: str) -> None:
    message = script.mail(name, email, "2025-06-07 09:00:00", "2025-06-07 10:00:00")
    common: Row = {"message_id": message, "lead_source_id": name, "recipient": email, "channel": "email"}
    common |= {"sequence_name": "welcome", "campaign_source_id": "cmp-welcome"}
    for place, event in enumerate(("clicked", "replied", "unsubscribed")):
        url = words.SITE + "/case-studies" if event == "clicked" else None
        script.message_event(event, moment(f"2025-06-07 11:{place:02d}:00"), step=1, url=url, **common)
    common |= {"message_id": f"{message}-2", "step": 2}
    script.message_event("sent", moment("2025-06-08 09:00:00"), **common)
    script.message_event("bounced", moment("2025-06-08 09:00:10"), **common)
    common = {"message_id": f"{message}-sms", "lead_source_id": name, "recipient": "+1 212 555 0142", "channel": "sms"}
    for place, event in enumerate(("sent", "delivered", "clicked", "replied")):
        url = words.SITE + "/webinars" if event == "clicked" else None
        script.message_event(event, moment(f"2025-06-08 12:{5 * place:02d}:00"), url=url, **common)


_PERSONAS: tuple[Callable[[Script], Persona], ...] = (
    _pricing_form,
    _two_pricing_views,
    _pricing_edge_inside,
    _pricing_edge_outside,
    _pricing_day_31,
    _emails_pricing,
    _one_unopened,
    _fourth_unopened,
    _two_emails,
    _opened_after_view,
    _scanned,
    _newsletter_opens,
    _newsletter_few_opens,
    _demo,
    _consultation,
    _ebook_meeting,
    _ebook_demo,
    _ebook_only,
    _meeting_only,
    _webinars,
    _cart,
    _cart_once,
    _anonymous_first,
    _shared_device_first,
    _shared_device_second,
    _web_only,
    _user_id,
    _duplicate,
    _recycled,
    _repeat_customer,
    _forgotten,
    _opted_out,
    _competitor,
    _staff,
    _student,
    _disposable,
    _everything,
)


def write_personas(script: Script) -> list[Persona]:
    """Write every persona's rows and return what they are."""
    return [build(script) for build in _PERSONAS]
