"""What must hold in a release before it is published: keys, lengths, counts, coverage.

Each check is a query whose rows are the faults it found, in words.
"""
# ruff: noqa: S608 -- every name comes from the schema

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.columns import Table
from warehouse.database import Database
from warehouse.schema import EXPECTED_RESPONSE, TABLES

_SHOWN = 3


@dataclass(frozen=True)
class Check:
    """A query over ``tables``. Each row of its one column ``fault`` is a fault."""

    tables: tuple[str, ...]
    query: str


_LAYERS = "(SELECT layer, units, unnest(states) AS state FROM layer)"
_KEY = "layer, state, affinity, num_clusters"
_NAMED = "'layer ', layer, ' ', state, ', ', affinity, ', k = ', num_clusters"

_CHECKS = (
    Check(("model",), """
        SELECT concat('model has ', count(*), ' rows, expected 1') AS fault
        FROM model HAVING count(*) <> 1"""),
    *(Check(("model", table), f"""
        SELECT concat('{table} has ', count(DISTINCT {number}), ' {rows} from ', min({number}),
            ' to ', max({number}), ', expected ', any_value({size}), ' from 0') AS fault
        FROM model LEFT JOIN "{table}" ON true
        HAVING count(DISTINCT {number}) <> any_value({size}) OR min({number}) <> 0
            OR max({number}) <> any_value({size}) - 1""")
      for table, number, rows, size in (
          ("vocabulary", "word_id", "words with ids", "vocabulary_size"),
          ("layer", "layer", "rows", "num_layers"),
          ("token", "token", "different tokens", "num_tokens"))),
    Check(("vocabulary",), """
        SELECT concat('vocabulary: the word ', word, ' has ', count(*), ' ids') AS fault
        FROM vocabulary GROUP BY word HAVING count(*) > 1"""),
    Check(("model", "vocabulary"), """
        SELECT concat('vocabulary: recorded_count adds up to ', sum(recorded_count), ', expected ',
            any_value(num_tokens), ' tokens') AS fault
        FROM model, vocabulary HAVING sum(recorded_count) <> any_value(num_tokens)"""),
    Check(("model", "layer", "expected_response"), f"""
        SELECT concat('expected_response, layer ', layer, ' ', state, ': counts add up to ',
            coalesce(sum("count"), 0), ', expected ', any_value(num_tokens), ' tokens') AS fault
        FROM {_LAYERS} LEFT JOIN expected_response USING (layer, state), model
        GROUP BY layer, state HAVING coalesce(sum("count"), 0) <> any_value(num_tokens)"""),
    Check(("vocabulary", "expected_response"), """
        SELECT concat('expected_response, layer ', layer, ' ', state, ': word ', word_id,
            ' occurs ', "count", ' times, expected ', coalesce(recorded_count, 0)) AS fault
        FROM expected_response LEFT JOIN vocabulary USING (word_id)
        WHERE "count" IS DISTINCT FROM recorded_count"""),
    *(Check(("expected_response",), f"""
        SELECT concat('expected_response, layer ', layer, ' ', state, ': {name} of word ', word_id,
            ' is not finite') AS fault
        FROM expected_response WHERE NOT isfinite(list_inner_product("{name}", "{name}"))""")
      for name in EXPECTED_RESPONSE.unit_arrays),
    Check(("layer", "expected_response"), f"""
        SELECT DISTINCT concat('expected_response, layer ', layer, ' ', state, ': ', len(mean),
            ' units, expected ', units) AS fault
        FROM {_LAYERS} JOIN expected_response USING (layer, state) WHERE len(mean) <> units"""),
    Check(("layer", "unit_summary"), f"""
        SELECT concat('unit_summary, layer ', layer, ' ', state, ': ', count(unit),
            ' units, expected ', any_value(units)) AS fault
        FROM {_LAYERS} LEFT JOIN unit_summary USING (layer, state) GROUP BY layer, state
        HAVING count(unit) <> any_value(units) OR min(unit) <> 0
            OR max(unit) <> count(unit) - 1"""),
    Check(("layer", "clustering"), f"""
        SELECT concat('clustering has no row for layer ', layer, ' ', state) AS fault
        FROM {_LAYERS} ANTI JOIN clustering USING (layer, state)"""),
    Check(("layer", "clustering", "unit_cluster", "memory_head"), f"""
        SELECT concat('unit_cluster, ', {_NAMED}, ', direction ', unit_cluster.direction,
            ': ', count(unit), ' units in clusters ', min("cluster"), ' to ', max("cluster"),
            ', expected ', any_value(units), ' in 0 to ', num_clusters - 1) AS fault
        FROM clustering LEFT JOIN unit_cluster USING ({_KEY}) JOIN layer USING (layer)
            LEFT JOIN (SELECT layer, sum(num_units) AS sunk FROM memory_head WHERE sink
                GROUP BY layer) USING (layer)
        GROUP BY {_KEY}, unit_cluster.direction
        HAVING count(DISTINCT unit) <> count(unit) OR min(unit) < 0
            OR count(unit) NOT IN (any_value(units), any_value(units - coalesce(sunk, 0)))
            OR max(unit) >= any_value(units) OR min("cluster") < 0
            OR max("cluster") >= num_clusters"""),
    Check(("unit_cluster",), f"""
        SELECT concat('unit_cluster, ', {_NAMED}, ': directions ', directions::VARCHAR,
            ', expected [-1, 1], or [0] for whole units') AS fault
        FROM (SELECT {_KEY}, list_sort(list(DISTINCT direction)) AS directions
            FROM unit_cluster GROUP BY {_KEY})
        WHERE directions NOT IN ([-1, 1], [0])"""),
    Check(("clustering", "word_cluster"), f"""
        SELECT concat('word_cluster, ', {_NAMED}, ': ', count(word_id), ' words in clusters ',
            min("cluster"), ' to ', max("cluster"), ', expected ', any_value(num_words),
            ' in 0 to ', num_clusters - 1) AS fault
        FROM clustering LEFT JOIN word_cluster USING ({_KEY}) GROUP BY {_KEY}
        HAVING count(word_id) <> any_value(num_words) OR min("cluster") < 0
            OR max("cluster") >= num_clusters"""),
    Check(("clustering", "cluster_link"), f"""
        SELECT concat('cluster_link, ', {_NAMED}, ': ', count(word_cluster), ' links, expected ',
            num_clusters * num_clusters) AS fault
        FROM clustering LEFT JOIN cluster_link USING ({_KEY}) GROUP BY {_KEY}
        HAVING count(word_cluster) <> num_clusters * num_clusters"""),
    *(Check(("clustering", table), f"""
        SELECT DISTINCT concat('{table}, ', {_NAMED}, ': not in clustering') AS fault
        FROM "{table}" ANTI JOIN clustering USING ({_KEY})""")
      for table in ("unit_cluster", "word_cluster", "cluster_link", "cluster_ablation", "glyph")),
    Check(("cluster_ablation",), f"""
        SELECT concat('cluster_ablation, ', {_NAMED}, ': found the cluster ', "cluster",
            ', the interval ', "lower", ' to ', "upper", ' and the ranks ', rank, ' and ',
            matched_rank, ' of ', num_sets + 1) AS fault
        FROM cluster_ablation
        WHERE "lower" > "upper" OR "cluster" NOT BETWEEN 0 AND num_clusters - 1
            OR rank NOT BETWEEN 1 AND num_sets + 1
            OR matched_rank NOT BETWEEN 1 AND num_sets + 1"""),
    Check(("layer", "unit_ablation"), f"""
        SELECT concat('unit_ablation, layer ', layer, ' ', state, ': ', count(DISTINCT unit),
            ' units up to ', max(unit), ', expected ', any_value(units)) AS fault
        FROM {_LAYERS} JOIN unit_ablation USING (layer, state) GROUP BY layer, state
        HAVING count(DISTINCT unit) <> any_value(units) OR min(unit) <> 0
            OR max(unit) <> any_value(units) - 1"""),
    *(Check(("vocabulary", table), f"""
        SELECT DISTINCT concat('{table}: word ', word_id, ' is not in the vocabulary') AS fault
        FROM "{table}" ANTI JOIN vocabulary USING (word_id)""")
      for table in ("word_cluster", "token", "word_piece")),
    Check(("sentence", "token"), """
        SELECT concat('sentence ', sentence_id, ': ', count(position), ' tokens, expected ',
            coalesce(any_value(num_tokens), 0)) AS fault
        FROM sentence FULL JOIN token USING (sentence_id) GROUP BY sentence_id
        HAVING count(position) IS DISTINCT FROM any_value(num_tokens)"""),
    Check(("model", "layer", "glyph"), f"""
        SELECT concat('glyph, layer ', layer, ' ', state, ': ', count(position),
            ' rows, expected ', any_value(num_tokens)) AS fault
        FROM {_LAYERS} LEFT JOIN glyph USING (layer, state), model GROUP BY layer, state
        HAVING count(position) <> any_value(num_tokens)"""),
    Check(("glyph",), """
        SELECT concat('glyph, sentence ', sentence_id, ' position ', position,
            ': lists of other lengths than ', num_clusters) AS fault
        FROM glyph
        WHERE list_distinct([len(positive), len(negative), len(positive_change),
            len(negative_change), len(preserved), coalesce(len(keep), num_clusters),
            coalesce(len(written), num_clusters), coalesce(len(lost), num_clusters)])
            <> [num_clusters]"""),
    *(Check(("token", table), f"""
        SELECT DISTINCT concat('{table}, sentence ', sentence_id, ' position ', position,
            ': no such token') AS fault
        FROM "{table}" ANTI JOIN token USING (sentence_id, position)""")
      for table in ("glyph", "contribution")),
    Check(("model", "contribution"), """
        SELECT concat('contribution has ', count(position), ' rows of class ', "class",
            ', expected ', any_value(num_tokens)) AS fault
        FROM (FROM model WHERE task = 'classification') LEFT JOIN contribution ON true
        GROUP BY "class" HAVING count(position) <> any_value(num_tokens)"""),
    Check(("model", "contribution"), """
        SELECT concat('contribution has ', count(*), ' rows, expected 0') AS fault
        FROM contribution, (FROM model WHERE task <> 'classification') HAVING count(*) > 0"""),
    Check(("layer", "memory_head"), """
        SELECT concat('memory_head, layer ', layer, ': ', sum(num_units), ' units from ',
            min(first_unit), ', expected ', any_value(units), ' from 0') AS fault
        FROM memory_head LEFT JOIN layer USING (layer) GROUP BY layer
        HAVING sum(num_units) IS DISTINCT FROM any_value(units) OR min(first_unit) <> 0"""),
    Check(("finding",), """
        SELECT concat('finding ', id, ', ', statistic, ': found ', interval_low, ' to ',
            interval_high, ' and the verdict ', verdict) AS fault
        FROM finding WHERE interval_low > interval_high
            OR verdict NOT IN ('supported', 'not supported', 'inconclusive')"""),
)  # fmt: skip


def _unique_key(table: Table) -> Check:
    key = ", ".join(f'"{name}"' for name in table.key)
    return Check((table.name,), f"""
        SELECT concat('{table.name}: ', sum(copies) - count(*), ' rows repeat the key (',
            '{", ".join(table.key)})') AS fault
        FROM (SELECT count(*) AS copies FROM "{table.name}" GROUP BY {key})
        HAVING sum(copies) > count(*)""")  # fmt: skip


def _faults_of(check: Check, database: Database) -> Iterator[str]:
    faults = database.select(check.query)["fault"].to_pylist()
    yield from faults[:_SHOWN]
    if len(faults) > _SHOWN:
        yield f"{faults[0].partition(' ')[0]} … and {len(faults) - _SHOWN} more of this kind"


def verify(database: Database, row_counts: Mapping[str, int]) -> list[str]:
    """All faults of a release, in words. ``row_counts`` are the rows that each table must have.

    Tables that ``row_counts`` leaves out, and what depends on them, are not looked at.
    """
    tables = [table for table in TABLES.values() if table.name in row_counts]
    faults = []
    for table in tables:
        found = database.select(f'SELECT count(*) AS rows FROM "{table.name}"')["rows"][0].as_py()
        if found != row_counts[table.name]:
            faults.append(f"{table.name} has {found} rows, expected {row_counts[table.name]}")
    for check in (*map(_unique_key, tables), *_CHECKS):
        if row_counts.keys() >= set(check.tables):
            faults += _faults_of(check, database)
    return faults
