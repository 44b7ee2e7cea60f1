"""Words and units clustered together by how the words move the units (DESIGN section 5).

Belongs here: affinities, the spectral embedding, k-means, quality measures, links and
centralities. Does not belong here: the responses (``rnnvis_assets.expected_response``).
"""
