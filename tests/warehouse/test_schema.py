"""The table contract against docs/design.md, Release, and what is generated from it."""

from typing import get_args

import duckdb
import pyarrow as pa
import pytest

from warehouse.errors import ReleaseError
from warehouse.recording_schema import (
    CHANGE_PARTS,
    RECORDED_ARRAYS,
    AnalysedState,
    LayerShape,
    common_units,
    recording_schema,
    stacked_layers,
)
from warehouse.schema import QUANTILES, TABLES

STATISTICS = "mean std minimum q09 q25 q50 q75 q91 maximum"
CONTRACT = {
    "model": "name dataset task cell num_layers hidden_size embedding_size vocabulary_size "
    "num_parameters seed recorded_split num_tokens release_id created_at weights_sha256 spec "
    "versions",
    "layer": "layer name cell direction units states gated_state",
    "evaluation": "split metric value",
    "training_log": "step epoch split loss metric value learning_rate gradient_norm seconds",
    "vocabulary": "word_id word train_count recorded_count pos pos_share",
    "sentence": "sentence_id label predicted probability num_tokens text",
    "sentence_start": "layer state unit mean",
    "token": "sentence_id position token word_id",
    "expected_response": "layer state word_id count mean q09 q25 q50 q75 q91",
    "unit_summary": " ".join(
        ["layer state unit saturated half_life drift preserved preserved_centred", STATISTICS]
        + ["keep_below_0_1 keep_above_0_9 keep_half_life"]
        + [f"{prefix}_{name}" for prefix in ("delta", "keep") for name in STATISTICS.split()]
    ),
    "unit_cluster": "layer state affinity num_clusters unit direction cluster",
    "word_cluster": "layer state affinity num_clusters word_id cluster centrality strength",
    "cluster_link": "layer state affinity num_clusters word_cluster unit_cluster weight positive "
    "negative",
    "clustering": "layer state affinity num_clusters num_words seed normalized_cut stability "
    "sign_coherence empty_word_clusters chance_cut chance_stability chance_coherence invariance "
    "head_agreement",
    "cluster_ablation": "layer state affinity num_clusters cluster scope measure num_tokens cost "
    "lower upper num_sets random_mean random_lower random_upper rank matched_mean matched_lower "
    "matched_upper matched_rank",
    "unit_ablation": "layer state unit direction num_tokens cost lower upper",
    "glyph": "sentence_id position layer state affinity num_clusters positive negative "
    "positive_change negative_change written lost preserved keep",
    "contribution": "sentence_id position class value integrated_gradients",
    "finding": "id claim source statistic value interval_low interval_high reference_value "
    "threshold verdict explanation",
    "annotation": "sentence_id position track category value",
    "word_annotation": "track word_id count category share mean",
    "memory_head": "layer head first_unit num_units coverage half_life mean_norm effective_rank "
    "first_token_share sink",
    "word_piece": "word_id pieces",
    "provenance": "stage partition data_version fingerprint run_id git_commit tree_clean machine "
    "created_at seconds",
}


def test_every_table_and_column_of_the_design():
    assert set(TABLES) == set(CONTRACT)
    for name, columns in CONTRACT.items():
        assert set(columns.split()) <= {column.name for column in TABLES[name].columns}, name


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_is_described_has_a_key_and_unlike_columns(table):
    names = [column.name for column in table.columns]
    assert table.description.endswith(".")
    assert table.key
    assert len(set(names)) == len(names)
    for column in table.columns:
        assert column.description
        assert not (column.key and column.nullable), column.name


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_the_ddl_and_the_arrow_schema_agree(table):
    with duckdb.connect() as connection:
        connection.execute(table.ddl(5))
        empty = connection.sql(f'FROM "{table.name}"').to_arrow_table().schema
    for field in table.arrow_schema(5):
        found = empty.field(field.name).type
        if pa.types.is_timestamp(field.type):
            assert pa.types.is_timestamp(found)
            assert found.unit == field.type.unit
        else:
            assert found == field.type, field.name


def test_unit_arrays_are_as_long_as_the_layer():
    mean = TABLES["expected_response"].arrow_schema(7).field("mean").type
    assert mean.list_size == 7
    assert "FLOAT[7]" in TABLES["expected_response"].ddl(7)
    assert TABLES["expected_response"].unit_arrays == ("mean", *QUANTILES)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_where_layers_differ_in_size_arrays_become_lists(table):
    with duckdb.connect() as connection:
        connection.execute(table.ddl(None))
        empty = connection.sql(f'FROM "{table.name}"').to_arrow_table().schema
    for name in table.unit_arrays:
        assert empty.field(name).type == table.arrow_schema(None).field(name).type
        assert empty.field(name).type == pa.list_(pa.float32())


def test_a_layer_tells_its_states_and_which_of_them_the_gate_acts_on():
    lstm = LayerShape("l", 3, RECORDED_ARRAYS, "lstm")
    gru = LayerShape("l", 4, ("hidden", "hidden_delta", "keep_gate"), "gru")
    plain = LayerShape("l", 3, ("hidden", "hidden_delta"), "rnn")
    assert [layer.states for layer in (lstm, gru)] == [("hidden", "cell"), ("hidden",)]
    assert [layer.gated_state for layer in (lstm, gru, plain)] == ["cell", "hidden", None]
    assert (common_units([lstm, plain]), common_units([lstm, gru])) == (3, None)
    assert [layer.name for layer in stacked_layers([3, 5], plain.arrays)] == ["layer 0", "layer 1"]


def test_a_matrix_memory_has_no_cell_output():
    memory = LayerShape("l", 3, RECORDED_ARRAYS, "mamba")
    lstm = LayerShape("l", 3, tuple(set(RECORDED_ARRAYS) - set(CHANGE_PARTS)), "lstm")
    assert memory.analysed(get_args(AnalysedState)) == ("hidden", "cell")
    assert lstm.analysed(get_args(AnalysedState)) == ("hidden", "cell_output", "cell")


def test_the_recordings_schema():
    schema = recording_schema(LayerShape("l", 3, ("hidden", "hidden_delta")))
    assert schema.names == ["sequence", "position", "token", "word_id", "hidden", "hidden_delta"]
    assert schema.field("token").type == pa.int64()
    assert schema.field("hidden").type.list_size == 3
    assert recording_schema(LayerShape("l", 3, RECORDED_ARRAYS)).names[4:] == list(RECORDED_ARRAYS)


@pytest.mark.parametrize("arrays", [("gate",), ("hidden_delta", "hidden")])
def test_recordings_of_other_arrays_are_refused(arrays):
    with pytest.raises(ReleaseError, match="expected a subset"):
        recording_schema(LayerShape("l", 3, arrays))
