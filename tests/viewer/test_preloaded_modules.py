"""What the page's head names is what its components import."""

from viewer.browser_modules import ENTRIES, preloaded
from viewer.style import COMPONENT


def test_all_that_is_imported_at_once_is_named_and_nothing_else() -> None:
    modules, styles = preloaded()
    assert set(ENTRIES) <= set(modules)
    assert {"scene/scene.js", "scene/text.js", "input/pointer.js"} <= set(modules)
    assert "page/export_picture.js" not in modules  # fetched when it is first needed
    assert all((COMPONENT / name).is_file() for name in (*modules, *styles))
    assert "index.css" in styles
