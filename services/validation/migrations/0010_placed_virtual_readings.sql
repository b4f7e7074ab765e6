-- Readings whose stamp was refused (IN_FUTURE, TOO_OLD) or whose point was unknown are in no slot.
-- Those that were taken in before that are removed: one of the future would stay for ever.
DELETE FROM virtual_reading WHERE word IS NOT NULL AND doubt IN (2, 3, 5);
