"""Networks that come with the project, as examples of what a user's own may look like."""
