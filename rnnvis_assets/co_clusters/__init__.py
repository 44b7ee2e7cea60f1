"""Words and units clustered together by how the words move the units (docs/design.md, Mathematics).

Belongs here: affinities, the spectral embedding, k-means, quality measures, links and
centralities. Does not belong here: the responses (``rnnvis_assets.expected_response``).
"""
