"""A recorded month of the demo park, played again: what rolling plans are worth."""
