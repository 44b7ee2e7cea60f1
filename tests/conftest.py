"""What all tests share: Hypothesis without deadlines, since tests never judge by time, and a wide
terminal."""

import os

from hypothesis import settings

settings.register_profile("rnnvis", deadline=None)
settings.load_profile("rnnvis")

# The consoles of the command line read it once, when they are made; pytest-xdist says 80.
os.environ["COLUMNS"] = "200"

# Set, even to nothing, so that no test downloads the tagger's data.
os.environ.setdefault("NLTK_DATA", "")
