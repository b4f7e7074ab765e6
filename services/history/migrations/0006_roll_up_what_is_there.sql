-- Readings that were written before there were rollups wait to be rolled up like any others: the
-- window of each, and the next one, over which it may hold. Keys as in `domain/touched.py`.
INSERT INTO touched (shard, windows)
SELECT point_id % 4,
       string_agg(int8send((point_id::bigint << 32) | (quarter + 2147483648)), NULL)
  FROM (SELECT DISTINCT point_id,
               floor(extract(epoch FROM event_time) / 900)::bigint + next AS quarter
          FROM reading, generate_series(0, 1) AS next) AS w
 GROUP BY point_id % 4, quarter / 96;
