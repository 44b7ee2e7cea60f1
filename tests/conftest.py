"""What all tests share: Hypothesis without deadlines, since tests never judge by time."""

from hypothesis import settings

settings.register_profile("rnnvis", deadline=None)
settings.load_profile("rnnvis")
