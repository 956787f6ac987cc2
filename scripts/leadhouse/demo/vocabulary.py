"""What the demo world is made of: channels, pages, forms, jobs, industries. Everything in it is invented.

The company whose funnel this is sells a software subscription to other businesses; its own domain, its competitors'
domains and the industries it aims at are those of the shipped criteria in `seeds/`.
"""

from __future__ import annotations

from dataclasses import dataclass

SITE = "https://www.leadhouse.example"
OWN_DOMAIN = "leadhouse.example"
COMPETITOR_DOMAINS = ("rival-crm.example", "scorepilot.example", "funnelworks.example")
STUDENT_DOMAIN = "state-university.example"
# Local parts at real mail services start with `demo-`, so that no address can belong to anybody.
FREE_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "hotmail.com", "icloud.com")
DISPOSABLE_MAIL = ("mailinator.com", "yopmail.com", "guerrillamail.com")


@dataclass(frozen=True)
class Source:
    """Where one kind of visit comes from: what the first event of the session carries."""

    channel: str
    weight: float
    referrer: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaigns: tuple[str, ...] = ()
    click_parameter: str | None = None
    tagged: bool = True  # false: the click id alone tells where the visit comes from


SOURCES = (
    Source("Direct", 1),
    Source("Organic Search", 8, "https://www.google.com/"),
    Source("Organic Search", 1.4, "https://www.bing.com/"),
    Source("Organic Search", 0.6, "https://duckduckgo.com/"),
    Source(
        "Paid Search",
        5,
        "https://www.google.com/",
        "google",
        "cpc",
        ("search-brand", "search-lead-scoring"),
        "gclid",
    ),
    Source("Paid Search", 2, "https://www.google.com/", None, None, (), "gclid", tagged=False),
    Source("Paid Search", 1.5, "https://www.bing.com/", "bing", "cpc", ("bing-lead-scoring",), "msclkid"),
    Source("Paid Social", 4, "https://www.linkedin.com/", "linkedin", "paid_social", ("linkedin-marketers",), None),
    Source(
        "Paid Social",
        6,
        "https://www.facebook.com/",
        "facebook",
        "paid_social",
        ("facebook-free-guide", "facebook-lookalike"),
        "fbclid",
    ),
    Source("Organic Social", 3, "https://www.linkedin.com/"),
    Source("Organic Social", 1, "https://www.facebook.com/"),
    Source("Email", 5, None, "newsletter", "email", ("monthly-newsletter",)),
    Source("Email", 3, None, "nurture", "email", ("welcome", "nurture")),
    Source("Referral", 3, "https://partner-directory.example/"),
    Source("Referral", 3, "https://software-reviews.example/category/lead-scoring"),
    Source("Referral", 2, "https://blog.ops-weekly.example/tools"),
    Source("Display", 1, "https://news-network.example/", "display-network", "display", ("display-awareness",)),
    Source("Affiliates", 1, "https://deals.example/", "deals-site", "affiliate", ("affiliate-2025",)),
    Source("Organic Video", 1, "https://www.youtube.com/"),
    Source("Paid Video", 1, "https://www.youtube.com/", "youtube", "cpv", ("video-product-tour",)),
    Source("SMS", 1, None, "sms", "sms", ("event-reminder",)),
)


@dataclass(frozen=True)
class Channel:
    """How people are acquired, and what they are truly worth."""

    name: str
    share: float
    quality: float  # mean of the latent fit, in standard deviations
    intent: float  # mean of the latent intent, in standard deviations
    lead_source: str
    cost_per_lead: float = 0.0
    has_website_entry: bool = True


CHANNELS = (
    Channel("Organic Search", 0.23, 0.3, 0.35, "Organic Search"),
    Channel("Paid Search", 0.14, 0.2, 0.45, "Paid Search", 210),
    Channel("Paid Social", 0.20, -0.5, -0.65, "Paid Social", 48),
    Channel("Organic Social", 0.05, -0.1, -0.2, "Social Media"),
    Channel("Email", 0.04, 0.1, 0.1, "Email"),
    Channel("Direct", 0.10, 0.1, 0.15, "Website"),
    Channel("Referral", 0.08, 0.6, 0.6, "Referral"),
    Channel("Display", 0.04, -0.6, -0.8, "Display", 120),
    Channel("Affiliates", 0.015, -0.3, -0.3, "Affiliate", 60),
    Channel("Organic Video", 0.015, 0.0, -0.1, "Video"),
    Channel("Paid Video", 0.01, -0.3, -0.4, "Video Ads", 95),
    Channel("Event", 0.03, 0.3, 0.0, "Trade Show", has_website_entry=False),
    Channel("Partner", 0.015, 0.5, 0.4, "Partner", has_website_entry=False),
    Channel("Outbound", 0.025, 0.1, -0.5, "Cold Call", has_website_entry=False),
    Channel("Purchased List", 0.01, -0.4, -1.2, "Purchased List", has_website_entry=False),
)

# How the later visits of a person come about.
RETURN_MIX = {
    "Direct": 0.36,
    "Email": 0.27,
    "Organic Search": 0.22,
    "Referral": 0.04,
    "Organic Social": 0.05,
    "SMS": 0.01,
}
# How anonymous visitors arrive who never leave an address.
ANONYMOUS_MIX = {
    "Organic Search": 0.34,
    "Direct": 0.2,
    "Paid Search": 0.08,
    "Paid Social": 0.14,
    "Organic Social": 0.06,
    "Referral": 0.06,
    "Display": 0.07,
    "Organic Video": 0.02,
    "Paid Video": 0.02,
    "Affiliates": 0.01,
}


@dataclass(frozen=True)
class Page:
    """One kind of page: how often it is seen, and how that depends on intent and on curiosity."""

    name: str
    paths: tuple[str, ...]
    weight: float
    intent: float = 0.0
    curiosity: float = 0.0
    seconds: float = 35.0


_POSTS = (
    "what-is-an-mql", "lead-scoring-basics", "mql-vs-sql", "bant-or-gpct", "newsletter-ideas", "seo-for-b2b",
    "webinars-that-work", "marketing-and-sales", "attribution-models", "first-party-data", "utm-guide", "landing-pages",
    "email-subject-lines", "nurture-programmes", "speed-to-lead", "icp-workshop", "cost-per-lead", "content-calendar",
    "social-selling", "sms-in-b2b",
)  # fmt: skip

PAGES = (
    Page("home", ("/",), 17),
    Page("product", ("/product", "/product/scoring", "/product/attribution", "/product/routing"), 15, 0.15),
    Page("pricing", ("/pricing", "/pricing?plan=team", "/pricing?plan=enterprise"), 3.4, 0.6, 0.0, 42),
    Page("reviews", ("/reviews", "/testimonials"), 2.4, 0.35),
    Page("compare", ("/compare", "/compare/rival-crm", "/compare/spreadsheets"), 1.8, 0.6, 0.0, 50),
    Page(
        "case_study", ("/case-studies", "/case-studies/logistics", "/case-studies/saas", "/customers"), 3, 0.5, 0.0, 60
    ),
    Page("blog", tuple(f"/blog/{post}" for post in _POSTS), 32, -0.05, 0.6, 70),
    Page("roi_calculator", ("/roi-calculator",), 0.7, 0.7, 0.0, 90),
    Page("about", ("/about", "/team", "/contact"), 8),
    Page("resources", ("/resources", "/resources/guides"), 8, 0.0, 0.3),
    Page("docs", ("/docs", "/docs/getting-started"), 4, 0.2),
    Page("careers", ("/careers",), 2.5, -0.3),
)


@dataclass(frozen=True)
class Action:
    """Something more than a page view that ends a visit: a form, a download, a chat message, a look at the cart."""

    name: str
    event_name: str
    entry_weight: float  # how often it is how a person becomes a lead
    return_weight: float  # how often it ends a later visit
    intent: float = 0.0
    decision_weight: float = 0.0  # how often it ends a visit in the days before sales qualifies the person
    form_name: str | None = None
    assets: tuple[str, ...] = ()
    path: str = "/resources"
    names_person: bool = True


ACTIONS = (
    Action("none", "", 0, 260, decision_weight=52),
    Action("newsletter_signup", "form_submit", 26, 4, 0.0, 0, "newsletter", (), "/newsletter"),
    Action("contact_form", "form_submit", 11, 2, 0.15, 3, "contact", (), "/contact"),
    Action("callback_request", "form_submit", 2.2, 0.5, 0.5, 4, "callback", (), "/contact"),
    Action("consultation_request", "form_submit", 0.5, 0.1, 0.8, 7, "consultation", (), "/consultation"),
    Action("demo_request", "form_submit", 0.9, 0.2, 0.8, 10, "demo", (), "/demo"),
    Action("trial_start", "form_submit", 3.0, 0.6, 0.3, 4, "trial", (), "/trial"),
    Action("webinar_registration", "form_submit", 9, 3, 0.0, 0, "webinar-lead-scoring", (), "/webinars"),
    Action("course_enrolment", "form_submit", 4, 1, 0.0, 0, "course-five-days", (), "/course"),
    Action("ebook_download", "file_download", 15, 4, 0.0, 1, None, ("ebook-lead-scoring", "ebook-mql-playbook")),
    Action("checklist_download", "file_download", 9, 3, 0.0, 1, None, ("checklist-utm", "checklist-crm-audit")),
    Action("whitepaper_download", "file_download", 5, 2, 0.1, 2, None, ("whitepaper-attribution",)),
    Action("template_download", "file_download", 6, 2, 0.0, 1, None, ("template-scoring-sheet",)),
    Action("brochure_download", "file_download", 3, 2, 0.3, 2, None, ("brochure-product",)),
    Action("price_list_download", "asset_download", 0.6, 0.3, 0.6, 6, None, ("price-list-2025", "price-list-2026")),
    Action("chat_message", "chat_message", 2.7, 5, 0.2, 3, None, (), "/"),
    Action("cart_view", "cart_view", 0, 1.4, 0.4, 2, None, (), "/cart", names_person=False),
    Action("cart_add", "cart_add", 0, 1, 0.4, 2, None, (), "/cart", names_person=False),
    Action("webinar_attendance", "webinar_attendance", 0, 1, 0.0, 0, None, (), "/webinars/live"),
)
# Who becomes a lead by one of these is ready to buy more often than intent alone would have it.
EAGER_ACTIONS = ("callback_request", "consultation_request", "demo_request", "price_list_download")
NEWSLETTER_ACTION = next(place for place, action in enumerate(ACTIONS) if action.name == "newsletter_signup")
SOCIAL_EVENTS = ("social_like", "social_like", "social_like", "social_follow", "social_share", "social_comment")

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Edg/137.0.0.0",
)
CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/136.0.0.0 Safari/537.36",
)

# Job titles from junior to senior: who has more fit draws from further down the list.
JOB_TITLES = (
    "Intern", "Student Assistant", "Office Assistant", "Marketing Assistant", "Junior Analyst", "Content Writer",
    "Marketing Specialist", "Sales Representative", "SEO Specialist", "Account Manager", "Software Engineer",
    "Data Analyst", "Marketing Manager", "Demand Generation Manager", "Sales Manager", "CRM Manager",
    "Revenue Operations Manager", "Product Manager", "Senior Marketing Manager", "Head of Sales", "Head of Growth",
    "Marketing Director", "Director of Revenue Operations", "Sales Director", "VP Marketing", "VP of Sales",
    "Chief Marketing Officer", "Chief Revenue Officer", "CEO", "Managing Director", "Owner",
)  # fmt: skip
STUDENT_TITLE = JOB_TITLES.index("Student Assistant")

# Industries from worse to better fit.
INDUSTRIES = (
    "Government", "Non-profit", "Hospitality", "Construction", "Education", "Agriculture", "Media",
    "Telecommunications", "Logistics", "Healthcare", "Retail", "Manufacturing", "Professional Services",
    "Financial Services", "Software",
)  # fmt: skip
COUNTRIES = (
    "United States", "Germany", "United Kingdom", "France", "Netherlands", "Canada", "Spain", "Poland", "Sweden",
    "Australia", "India", "Brazil", "Nigeria", "Indonesia",
)  # fmt: skip
COUNTRY_WEIGHTS = (26, 14, 13, 8, 6, 6, 5, 5, 4, 3, 5, 3, 1, 1)
# From least to most urgent.
TIMEFRAMES = ("no_plans", "just_researching", "6-12 months", "3-6 months", "1-3 months", "immediately")
COMPANY_WORDS = (
    "Logistics", "Software", "Analytics", "Foods", "Health", "Energy", "Systems", "Partners", "Media", "Robotics",
    "Textiles", "Packaging", "Travel", "Finance", "Studios", "Networks", "Instruments", "Labs", "Supplies",
    "Consulting", "Materials", "Payments", "Security", "Learning",
)  # fmt: skip

OWNERS = tuple(f"owner-{number:02d}" for number in range(1, 9))
SLOW_OWNER = 6  # owner-07 answers after days, not hours

REJECT_REASONS = ("no budget", "wrong contact", "no need", "bad timing", "unreachable", "too small")
DISQUALIFY_REASONS = ("not a business", "student", "spam", "competitor", "outside served countries")
PRODUCTS = ("starter", "attribution", "platform", "enterprise")
TECH_STACKS = ("Salesforce", "HubSpot", "Pipedrive", "Dynamics", "Spreadsheets")


@dataclass(frozen=True)
class Campaign:
    """One marketing campaign of the CRM."""

    campaign_source_id: str
    name: str
    kind: str
    cost: float | None
    started: str
    ended: str


SEQUENCES = ("welcome", "nurture", "monthly-newsletter", "reactivation")
SEQUENCE_CAMPAIGNS = tuple(
    Campaign(f"cmp-{name}", name.replace("-", " ").capitalize(), "email", cost, "2025-01-01", "2026-06-30")
    for name, cost in zip(SEQUENCES, (3200.0, 4800.0, 9000.0, 1200.0), strict=True)
)
SMS_CAMPAIGN = Campaign(
    "cmp-event-reminder", "Event reminder by text message", "sms", 900.0, "2025-01-01", "2026-06-30"
)
WEBINARS = tuple(
    Campaign(
        f"cmp-webinar-{2025 + index // 12}-{index % 12 + 1:02d}",
        f"Webinar {index + 1}: lead scoring in practice",
        "webinar",
        1500.0 + 125.0 * (index % 7),
        f"{2025 + index // 12}-{index % 12 + 1:02d}-15",
        f"{2025 + index // 12}-{index % 12 + 1:02d}-15",
    )
    for index in range(18)
)
TRADE_SHOWS = (
    Campaign("cmp-show-2025-spring", "Spring trade show 2025", "event", 18000.0, "2025-04-08", "2025-04-10"),
    Campaign("cmp-show-2025-autumn", "Autumn trade show 2025", "event", 21000.0, "2025-10-14", "2025-10-16"),
    Campaign("cmp-show-2026-spring", "Spring trade show 2026", "event", 19500.0, "2026-04-14", "2026-04-16"),
)
CAMPAIGNS = (*SEQUENCE_CAMPAIGNS, SMS_CAMPAIGN, *WEBINARS, *TRADE_SHOWS)
