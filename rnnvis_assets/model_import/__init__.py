"""Networks that were trained elsewhere: loaded, understood, held against themselves, recorded.

Belongs here: whatever turns a user's own PyTorch module into states like those of our own networks.
Does not belong here: the equations of the layers (see ``rnnvis_assets.network.cells``).
"""
