"""Tuning: what the criteria should be, judged by what became of the leads. Nothing here changes a file unless it is asked to."""
