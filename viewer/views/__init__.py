"""Views: each draws one part of the page from the session's state, and nothing else."""
