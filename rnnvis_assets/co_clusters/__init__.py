"""Words and units clustered together by how the words change the units (paper, section 5.1).

Belongs here: affinities, the spectral embedding, k-means, quality measures, links and
centralities. Does not belong here: the responses (``rnnvis_assets.expected_response``).
"""
