"""PyTorch networks that were trained by others: loaded, checked, recorded.

Belongs here: whatever turns a user's own module into states like those of our own networks.
Does not belong here: the equations of the layers (see ``rnnvis_assets.network.cells``).
"""
