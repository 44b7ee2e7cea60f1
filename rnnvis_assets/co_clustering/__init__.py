"""Words and units clustered together by how the words move the units (DESIGN section 5).

Belongs here: affinities, the spectral embedding, k-means, what a co-clustering is worth, its links
and centralities. Does not belong here: the responses themselves (``rnnvis_assets.response``).
"""
