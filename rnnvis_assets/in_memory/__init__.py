"""A module and texts that are there in memory become an analysis, without files of one's own."""
