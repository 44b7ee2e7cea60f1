"""The stages in the order in which a row of data passes through them."""

from rnnvis_assets.co_clustering.assets import ASSET as CO_CLUSTERS
from rnnvis_assets.corpora.assets import ASSET as CORPUS
from rnnvis_assets.findings.assets import ASSET as FINDINGS
from rnnvis_assets.findings.assets import COMPARISON_ASSET as COMPARISON
from rnnvis_assets.recording.assets import ASSET as RECORDING
from rnnvis_assets.releases.assets import ASSET as RELEASE
from rnnvis_assets.response.assets import ASSET as EXPECTED_RESPONSE
from rnnvis_assets.sequences.assets import ASSET as GLYPHS
from rnnvis_assets.stage_assets import StageAsset
from rnnvis_assets.training.assets import ASSET as CHECKPOINT

DATASET_STAGES: tuple[StageAsset, ...] = (CORPUS,)
MODEL_STAGES: tuple[StageAsset, ...] = (
    CHECKPOINT,
    RECORDING,
    EXPECTED_RESPONSE,
    CO_CLUSTERS,
    GLYPHS,
    FINDINGS,
    RELEASE,
)
COMPARISON_STAGES: tuple[StageAsset, ...] = (COMPARISON,)
ALL_STAGES: tuple[StageAsset, ...] = DATASET_STAGES + MODEL_STAGES + COMPARISON_STAGES
