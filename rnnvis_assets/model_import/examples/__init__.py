"""A network that ships with the project, as an example of a user's own."""
