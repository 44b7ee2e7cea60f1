"""Releases: publishing all tables of an analysis in one DuckDB file."""
