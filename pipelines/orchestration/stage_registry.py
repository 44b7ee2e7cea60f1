"""The stages in the order in which a row of data passes through them."""

from rnnvis_assets.ablation.ablation_asset import ASSET as ABLATION
from rnnvis_assets.co_clusters.co_clusters_asset import ASSET as CO_CLUSTERS
from rnnvis_assets.corpus.corpus_asset import ASSET as CORPUS
from rnnvis_assets.engine.stage_asset import StageAsset
from rnnvis_assets.expected_response.expected_response_asset import ASSET as EXPECTED_RESPONSE
from rnnvis_assets.findings.findings_asset import ASSET as FINDINGS
from rnnvis_assets.findings.findings_asset import COMPARISON_ASSET as COMPARISON
from rnnvis_assets.glyphs.glyphs_asset import ASSET as GLYPHS
from rnnvis_assets.model_kinds.checkpoint_asset import ASSET as CHECKPOINT
from rnnvis_assets.model_kinds.recording_asset import ASSET as RECORDING
from rnnvis_assets.release.release_asset import ASSET as RELEASE

DATASET_STAGES: tuple[StageAsset, ...] = (CORPUS,)
MODEL_STAGES: tuple[StageAsset, ...] = (
    CHECKPOINT,
    RECORDING,
    EXPECTED_RESPONSE,
    CO_CLUSTERS,
    ABLATION,
    GLYPHS,
    FINDINGS,
    RELEASE,
)
COMPARISON_STAGES: tuple[StageAsset, ...] = (COMPARISON,)
ALL_STAGES: tuple[StageAsset, ...] = DATASET_STAGES + MODEL_STAGES + COMPARISON_STAGES
VIEWED_STAGES: tuple[StageAsset, ...] = (CORPUS, CHECKPOINT, RELEASE, COMPARISON)
"""Those whose files a viewer reads. It reads a recording's, too, where that is there."""
