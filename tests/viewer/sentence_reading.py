"""Sentences on the page: addresses that show some, their parts, and dragging over one."""

import json
from urllib.parse import quote

from playwright.sync_api import Locator, Page

from tests.viewer.analysed import LSTM


def showing(tiny: str, sentences: list[int | str], model: str = LSTM, more: str = "") -> str:
    return f"{tiny}?model={model}&sentence={quote(json.dumps(sentences))}{more}"


def heads(page: Page) -> Locator:
    return page.locator(".sentence-head")


def words_of(page: Page, sentence: int) -> list[str]:
    found: list[str] = (
        page.locator("g.sentence").nth(sentence).locator(".token").all_text_contents()
    )
    return found


def drag(page: Page, sentence: int, from_y: float, to_y: float, x: float = 60) -> None:
    box = page.locator(".sheet").nth(sentence).bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + from_y)
    page.mouse.down()
    page.mouse.move(box["x"] + x, box["y"] + to_y, steps=4)
    page.mouse.up()
