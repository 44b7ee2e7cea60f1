"""Expected responses of units to words (paper, Eq. 5), and summaries of units over all steps.

Belongs here: grouping recorded steps by word, exact means and quantiles, bounded memory, and the
two tables made of them. Does not belong here: recording (see ``rnnvis_assets.recording``).
"""
