"""What a session looks at, and how the address of the page keeps it."""
