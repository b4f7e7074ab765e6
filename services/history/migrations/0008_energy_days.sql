-- Days and months of the park's zone are few: no partitions on either engine.
CREATE TABLE energy_day (LIKE energy_hour INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));
CREATE TABLE energy_month (LIKE energy_hour INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));

-- Before this instant quarter hours may have been dropped: the sums made of them are final.
ALTER TABLE horizon ADD quarters_from timestamptz NOT NULL DEFAULT '-infinity';

-- An index of every row by time alone, which TimescaleDB makes by itself, answers no question and
-- costs every write: the keys begin with the point, and chunks are dropped by their range.
DROP INDEX IF EXISTS reading_event_time_idx, reading_version_event_time_idx,
                     rollup_quarter_window_start_idx, rollup_hour_window_start_idx;
