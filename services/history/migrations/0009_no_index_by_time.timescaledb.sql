-- An index of every row by time alone, which create_hypertable makes by itself, answers no question
-- and costs every write: the keys begin with the point, and chunks are dropped by their range.
DROP INDEX IF EXISTS reading_event_time_idx, reading_version_event_time_idx,
                     rollup_quarter_window_start_idx, rollup_hour_window_start_idx;
