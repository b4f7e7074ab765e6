"""What a plan of two days has to know of the rest of the billing period; pure, from the past."""
