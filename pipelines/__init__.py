"""Orchestration: what runs, when, and from where.

Belongs here: Dagster's definitions, jobs, schedules and sensors, and the ``rnnvis`` command.
Does not belong here: anything that computes; stages live in ``rnnvis_assets``.
"""
