"""The command ``rnnvis``."""
