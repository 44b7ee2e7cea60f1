"""Recordings that another program wrote: reading, checking and importing them (see FORMAT.md)."""
