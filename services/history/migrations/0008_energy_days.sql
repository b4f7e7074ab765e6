-- Days and months of the park's zone are few: no partitions on either engine.
CREATE TABLE energy_day (LIKE energy_hour INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));
CREATE TABLE energy_month (LIKE energy_hour INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));

-- Before this instant quarter hours may have been dropped: the sums made of them are final.
ALTER TABLE horizon ADD quarters_from timestamptz NOT NULL DEFAULT '-infinity';
