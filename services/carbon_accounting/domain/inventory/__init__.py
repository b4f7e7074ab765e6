"""A park's greenhouse gas inventory: from activity data to entries of every ledger, chained."""
