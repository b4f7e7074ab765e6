"""Why a plan has a device do what it does: limits that bind, prices, and what else would cost."""
