"""What the logits of a language model say of the words that follow."""

from dataclasses import dataclass

from torch import Tensor

from warehouse.arrays import Float32Array, Int32Array

NUM_TOP_WORDS = 5


@dataclass(frozen=True)
class NextWordPredictions:
    """What a language model expects after each step.

    ``log_probabilities`` float32[targets] of the words that do follow; ``top_words`` int32[steps,
    5] and ``top_probabilities`` float32[steps, 5] of the likeliest, likeliest first (fewer than
    five where the vocabulary has fewer).
    """

    log_probabilities: Float32Array
    top_words: Int32Array
    top_probabilities: Float32Array


def expected_words(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of logits float[steps, words] and int64[targets] words that do follow (nothing follows a
    text's last word): their log probabilities, float[targets], and the likeliest words,
    int32[steps, 5], with their probabilities, float[steps, 5]."""
    total = logits.logsumexp(1, keepdim=True)
    chosen = logits[: len(targets)].gather(1, targets.unsqueeze(1)) - total[: len(targets)]
    top = logits.topk(min(NUM_TOP_WORDS, logits.shape[1]), dim=1)
    return chosen.squeeze(1), top.indices.int(), (top.values - total).exp()
