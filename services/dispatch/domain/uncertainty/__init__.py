"""What a plan keeps free for what is not foreseen (§10); pure."""
