"""What stands among the readings of a key, what is kept of a window, how columns travel. Pure."""
