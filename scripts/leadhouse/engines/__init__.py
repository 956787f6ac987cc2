"""Engines other than DuckDB: where dbt builds in a warehouse that other programs use too.

The target is dbt's: `DBT_TARGET`, or `--target`, with its settings in profiles.yml. The home folder stays where Leadhouse keeps
its logs, the record of builds and the key; tables, published versions, the outbox and the lock are in the warehouse.
"""
