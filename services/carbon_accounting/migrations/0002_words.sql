-- The ledger follows telemetry.intervals.v1: of each register's quarter hour the word that stands.
-- About 70 registers x 96 rows a day.
CREATE TABLE register_quarter (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    point_id text NOT NULL,
    believed_wh bigint NOT NULL,
    estimated_wh bigint NOT NULL,
    suspense_wh bigint NOT NULL,
    written_off_wh bigint NOT NULL,
    believed_us int NOT NULL,
    known_us int NOT NULL,
    methods smallint NOT NULL,
    known_at timestamptz NOT NULL,
    log_position bigint NOT NULL,
    frame_number bigint NOT NULL,
    PRIMARY KEY (park_id, start, point_id)
) WITH (fillfactor = 70);

-- Which words an entry was made of, beside what they said.
ALTER TABLE entry ADD COLUMN words text[] NOT NULL DEFAULT '{}';
-- Energy of the quarter that is set aside and therefore not booked, by register.
ALTER TABLE quarter ADD COLUMN set_aside text NOT NULL DEFAULT '';

-- What was booked from registers keeps standing (docs/decisions/0020): the registers that were kept
-- become words that any word of validation takes the place of. What was interpolated at a border is
-- estimated evenly (method 1); a border between two readings lies on the straight line between
-- them, in whole Wh, half to even. `register_edge` and `watermark` stay for a rollback.
CREATE FUNCTION pg_temp.exact_wh(park text, point text, moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT first_wh FROM register_edge
     WHERE park_id = park AND point_id = point AND quarter = moment AND first_event_time = moment
$$;
CREATE FUNCTION pg_temp.us(span interval) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT round(extract(epoch FROM span)::numeric * 1000000)
$$;
CREATE FUNCTION pg_temp.between_wh(park text, point text, moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT before.wh + whole + CASE WHEN 2 * rest > us OR (2 * rest = us AND mod(whole, 2) <> 0)
                                    THEN 1 ELSE 0 END
      FROM (SELECT last_wh AS wh, last_event_time AS at FROM register_edge
             WHERE park_id = park AND point_id = point AND quarter < moment
             ORDER BY quarter DESC LIMIT 1) before
     CROSS JOIN (SELECT first_wh AS wh, first_event_time AS at FROM register_edge
             WHERE park_id = park AND point_id = point AND quarter >= moment
             ORDER BY quarter LIMIT 1) after
     CROSS JOIN LATERAL (SELECT pg_temp.us(after.at - before.at) AS us,
             (after.wh - before.wh) * pg_temp.us(moment - before.at) AS product) line
     CROSS JOIN LATERAL (SELECT mod(mod(product, us) + us, us) AS rest) left_over
     CROSS JOIN LATERAL (SELECT (product - rest) / us AS whole) share
$$;
INSERT INTO register_quarter
SELECT park_id, start, point_id,
       CASE WHEN measured THEN to_wh - from_wh ELSE 0 END,
       CASE WHEN measured THEN 0 ELSE to_wh - from_wh END,
       0, 0, CASE WHEN measured THEN 900000000 ELSE 0 END, 900000000,
       CASE WHEN measured THEN 0 ELSE 1 END, '1970-01-01 00:00Z', -1, 0
FROM (
    SELECT q.park_id, q.start, p.point_id,
           exact_from IS NOT NULL AND exact_to IS NOT NULL AS measured,
           coalesce(exact_from, CASE WHEN booked THEN
               pg_temp.between_wh(q.park_id, p.point_id, q.start) END) AS from_wh,
           coalesce(exact_to, CASE WHEN booked THEN
               pg_temp.between_wh(q.park_id, p.point_id, q.next) END) AS to_wh
      FROM (SELECT park_id, start, start + interval '15 minutes' AS next,
                   quality IS NOT NULL AS booked FROM quarter) q
      JOIN (SELECT DISTINCT park_id, point_id FROM register_edge) p USING (park_id)
     CROSS JOIN LATERAL (SELECT pg_temp.exact_wh(q.park_id, p.point_id, q.start) AS exact_from,
                                pg_temp.exact_wh(q.park_id, p.point_id, q.next) AS exact_to) exact
) kept
WHERE to_wh >= from_wh;
-- The entries that stand say the same in the words of now: `grid.in@0..~9` is `grid.in@~9 Wh linear`.
UPDATE entry SET sources = ARRAY(
    SELECT CASE WHEN old IS NULL THEN source
                ELSE old[1] || '@' || CASE WHEN estimated THEN '~' ELSE '' END
                     || old[5]::bigint - old[3]::bigint
                     || CASE WHEN estimated THEN ' Wh linear' ELSE ' Wh' END END
      FROM unnest(sources) WITH ORDINALITY AS s (source, place)
     CROSS JOIN LATERAL (SELECT regexp_match(source, '^(.*)@(~?)(\d+)\.\.(~?)(\d+)$') AS old) o
     CROSS JOIN LATERAL (SELECT coalesce(old[2] || old[4], '') <> '' AS estimated) e
     ORDER BY place)
WHERE NOT superseded AND NOT withdrawn;
