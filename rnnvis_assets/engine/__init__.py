"""Running a stage: declared, checked for freshness, locked, measured and recorded in a manifest."""
