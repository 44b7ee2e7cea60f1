"""Serving the viewer: the page of a session, access, background work."""
