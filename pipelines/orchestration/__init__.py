"""Dagster definitions: jobs, schedules, sensors, runs."""
