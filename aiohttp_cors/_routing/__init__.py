"""What was added, and the policies that are compiled from it."""
