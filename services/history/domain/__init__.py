"""Which of several readings of one key is kept, and how rows are laid out. Pure."""
