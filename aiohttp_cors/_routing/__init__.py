"""What was added, and the policies compiled from it."""
