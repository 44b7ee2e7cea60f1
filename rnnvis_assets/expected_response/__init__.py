"""What every word does to every unit, and every unit over all steps (docs/design.md, Mathematics).

Belongs here: grouping recorded steps by word, exact means and quantiles, bounded memory, and the
two tables made of them. Does not belong here: recording (see ``rnnvis_assets.recording``).
"""
