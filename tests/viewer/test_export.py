"""Files taken away, without a browser."""

import base64
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.viewer.conftest import SPEC
from viewer.browser_modules import module_sources
from viewer.export.export_forms import answer_export
from viewer.export.export_tables import glyph_table, numbers, stem_of
from viewer.export.standalone_page import page_json, standalone_page
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.main_view import CoClusterView
from warehouse.reader import Release


def test_every_module_is_in_the_map_under_the_name_it_is_imported_by() -> None:
    sources = module_sources(COMPONENT / "standalone.js")
    assert {"rnnvis/standalone.js", "rnnvis/index.js", "rnnvis/page/export_picture.js"} <= set(
        sources
    )
    imported = {
        name for source in sources.values() for name in re.findall(r'"(rnnvis/.+?)"', source)
    }
    assert imported == set(sources) - {"rnnvis/standalone.js"}


def test_imports_are_renamed_in_all_their_forms(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.js").write_text(
        'import {b} from "./sub/b.js"\nimport "./c.js"\nconst load = () => import("./c.js")\n'
        'const text = "from the ./c.js"\n'
    )
    (tmp_path / "sub" / "b.js").write_text('export {c} from "../c.js"\n')
    (tmp_path / "c.js").write_text("export const c = 1\n")
    assert module_sources(tmp_path / "a.js") == {
        "rnnvis/a.js": 'import {b} from "rnnvis/sub/b.js"\nimport "rnnvis/c.js"\n'
        'const load = () => import("rnnvis/c.js")\nconst text = "from the ./c.js"\n',
        "rnnvis/sub/b.js": 'export {c} from "rnnvis/c.js"\n',
        "rnnvis/c.js": "export const c = 1\n",
    }


def test_a_missing_module_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import "./gone.js"')
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        module_sources(tmp_path / "a.js")


def test_arrays_keep_their_type_and_no_text_ends_the_script() -> None:
    text = page_json(
        {"a": np.array([1, -2], np.int64), "b": np.float32(0.5), "c": "</script>\u2028", "d": None}
    )
    assert "<" not in text
    assert json.loads(text) == {
        "a": {"array": "int32", "base64": "AQAAAP7///8="}, "b": 0.5,
        "c": "</script>\u2028", "d": None,
    }  # fmt: skip
    with pytest.raises(TypeError, match="complex128"):
        page_json(np.zeros(2, complex))
    with pytest.raises(TypeError, match="set"):
        page_json({1})


def test_numbers_are_those_of_the_release(state: ExplorerState, release: Release) -> None:
    state.find("her")
    sentences = CoClusterView(state).component.sentences
    packed = zipfile.ZipFile(io.BytesIO(numbers(state, sentences, "parquet")))
    tables = {name: pq.read_table(io.BytesIO(packed.read(name))) for name in packed.namelist()[1:]}
    exact = release.words.response("her", layer=1, state="cell")
    np.testing.assert_array_equal(tables["responses.parquet"]["mean"].to_numpy(), exact.mean)
    found = release.clusters.get(layer=1, state="cell", affinity="positive", num_clusters=10)
    units = tables["units.parquet"]["cluster"].to_numpy()
    np.testing.assert_array_equal(units, found.chips.clusters)
    glyphs = release.sentences.glyphs(state.sentences[0], layer=1, state="cell")
    sizes = np.maximum(np.bincount(found.chips.clusters, minlength=10), 1)
    shown = tables["glyphs.parquet"]["positive_change"].to_numpy()
    np.testing.assert_allclose(shown, (glyphs.positive_change / sizes).ravel(), rtol=1e-5)


def test_a_sentence_without_glyphs_has_no_rows() -> None:
    assert glyph_table([{"words": [], "k": 0}]).num_columns == 0


def test_files_are_named_after_what_is_looked_at(state: ExplorerState) -> None:
    release = state.release_id
    assert stem_of(state) == f"{SPEC.name}_{release}_layer1_cell_positive_k10"


def test_the_page_asks_for_nothing_and_tells_where_it_is_from(state: ExplorerState) -> None:
    page = standalone_page(state, CoClusterView(state).component).decode("utf-8")
    assert state.release_id in page
    assert "published 20" in page
    addresses = re.findall(r"""(?:\bsrc=|\bhref=|url\()["']?([^"'>)]*)""", page)
    assert addresses
    assert all(address.startswith("data:") for address in addresses)


def test_what_cannot_be_read_is_refused_in_words(state: ExplorerState) -> None:
    component = CoClusterView(state).component
    state.num_clusters = 3
    for form in ("csv", "html"):
        refusal = answer_export(form, state, component)
        assert refusal["type"] == "refusal"
        assert "expected one of" in refusal["text"]


@pytest.mark.parametrize("form", ["svg", "exe", 3, None])
def test_a_form_that_the_server_does_not_make_is_left_alone(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch, form: object
) -> None:
    drawn = CoClusterView(state)
    sent: list[object] = []
    monkeypatch.setattr(drawn.component, "_send_msg", sent.append)
    drawn._receive({"type": "export", "form": form})
    assert sent == []


def test_the_page_holds_the_quantiles_of_its_words(state: ExplorerState, release: Release) -> None:
    text = standalone_page(state, CoClusterView(state).component).decode("utf-8")
    (found,) = re.findall(r'id="parameters">(.+?)</script>', text, re.DOTALL)
    parameters = json.loads(found)
    held = {name: _array(parameters["responses"][name]) for name in ("quantiles", "scales")}
    ids = _array(parameters["vocabulary"]["ids"]).tolist()
    row = ids.index(release.words.id("her"))
    exact = release.words.response("her", layer=1, state="cell")
    steps = held["quantiles"].reshape(5, len(ids), -1)[:, row]
    for name, of_units in zip(("q09", "q25", "q50", "q75", "q91"), steps, strict=True):
        step = held["scales"][row]
        np.testing.assert_allclose(of_units * step, getattr(exact, name), atol=0.51 * step)


def _array(held: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(held["base64"]), held["array"])
