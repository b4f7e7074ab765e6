"""Steps of the live books without any effect: what is due, what differs, why, and its link."""
