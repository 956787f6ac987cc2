"""The values that options of tuning take, apart from all that computes, for help and completion."""

from __future__ import annotations

STAGES = ("mql", "sql")
METRICS = ("score", "fit_score", "engagement_score")
OUTCOMES = ("sql", "opportunity", "customer")
DECIDERS = ("authority", "rules")
