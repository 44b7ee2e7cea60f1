"""Words that overlap or are cut, over all numbers of clusters and sizes of the vocabulary."""

import numpy as np
from playwright.sync_api import Browser

from tests.benchmarks.harness import Row, absolute_row
from tests.benchmarks.viewer.browsing import fresh, opened
from tests.benchmarks.viewer.serving import Served
from tests.viewer.reading import touching, word_boxes


def untidy_words(clouds: list[dict[str, list[float]]]) -> int:
    """How many words touch another one or leave their cloud."""
    wrong = 0
    for cloud in clouds:
        boxes = np.array(cloud["words"]).reshape(-1, 4)
        left, top, right, bottom = boxes.T
        frame = cloud["box"]
        outside = (left < frame[0]) | (right > frame[2]) | (top < frame[1]) | (bottom > frame[3])
        wrong += int((touching(boxes) | outside).sum())
    return wrong


def measure(browser: Browser, served: Served, models: dict[str, int]) -> list[Row]:
    """k = 2 to 20 for each of ``models`` (name, words), at two densities of pixels."""
    wrong = 0
    for density in (1, 2):
        for model in models:
            with fresh(browser, density) as context:
                page = opened(context, served.page(model, "&k=2"))
                for k in range(2, 21):
                    page.wait_for_function(f"bench.find('.view').dataset.drawn.endsWith('/{k}')")
                    wrong += untidy_words(word_boxes(page))
                    page.locator(".noUi-handle").first.press("ArrowRight")
    sizes = ", ".join(f"{words:,}" for words in models.values())
    label = f"words overlapping or cut, k = 2 to 20, {sizes} words, 1 and 2 pixels a CSS pixel"
    return [absolute_row(label, wrong, "", must=0, aim=0)]
