"""The network, and its checkpoint on disk."""
