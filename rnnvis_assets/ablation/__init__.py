"""What the network loses when a part of its state is silenced, and what random parts cost.

Belongs here: clamping a state while a text is read, random sets of directions, costs and their
intervals. Does not belong here: how directions are grouped (``rnnvis_assets.co_clusters``).
"""
