"""The page for marketing and sales leaders: one file, made from the published marts alone."""

from __future__ import annotations

from leadhouse.report.page import FILE_NAME, Written, as_json, write

__all__ = ["FILE_NAME", "Written", "as_json", "write"]
