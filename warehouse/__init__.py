"""Storage: where files live, the schema in one place, Parquet and DuckDB in and out.

Belongs here: paths, atomic writes, the table contract, all SQL, publishing and reading releases.
Does not belong here: anything that computes (see ``rnnvis_assets``) or draws (see ``viewer``).
"""
