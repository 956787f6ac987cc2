"""Tuning: what other thresholds, points and scorecards would have done on the history that the ledger keeps.

`evidence` reads the work database, `replay` counts, the other modules judge; nothing here changes a criteria file except
`edits`, and that only when it is asked to.
"""
