"""Green attributes: how certificates come to be, change hands, and are claimed once (rules D)."""
