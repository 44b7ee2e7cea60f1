-- Three questions to a release. Run them in its file:
--   duckdb -readonly storage/releases/MODEL/RELEASE.duckdb < warehouse/example_queries.sql
-- Arrays count from 1 in SQL, units and clusters from 0.

-- Which words move unit 7 of the first layer most, and how surely?
SELECT word, "count", mean[8] AS response, q25[8] AS lower_quartile, q75[8] AS upper_quartile
FROM expected_response JOIN vocabulary USING (word_id)
WHERE layer = 0 AND state = 'hidden' AND "count" >= 5
ORDER BY abs(response) DESC
LIMIT 10;

-- Which words does the network treat like "not"?
WITH responses AS (
    SELECT word, "count", mean
    FROM expected_response JOIN vocabulary USING (word_id)
    WHERE layer = 0 AND state = 'hidden' AND "count" >= 5
)
SELECT other.word, other."count", array_cosine_similarity(other.mean, own.mean) AS similarity
FROM responses AS other JOIN responses AS own ON own.word = 'not' AND other.word <> 'not'
ORDER BY similarity DESC
LIMIT 10;

-- In which sentences does unit cluster 1 change most, and at which word?
SELECT arg_max(word, abs(change)) AS at_the_word, max(abs(change)) AS change, text
FROM (
    SELECT sentence_id, position, positive_change[2] + negative_change[2] AS change
    FROM glyph WHERE layer = 0 AND state = 'hidden'
)
JOIN token USING (sentence_id, position) JOIN vocabulary USING (word_id)
JOIN sentence USING (sentence_id)
GROUP BY sentence_id, text
ORDER BY change DESC
LIMIT 10;
