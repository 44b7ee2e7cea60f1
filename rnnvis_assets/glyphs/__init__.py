"""Sentence by sentence: what each word does to unit clusters, and what the network then expects.

Belongs here: aggregate, updated and preserved information, predictions, contributions of words to
classes. Does not belong here: running the recurrent layers (see ``rnnvis_assets.recording``).
"""
