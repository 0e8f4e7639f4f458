"""What a browser does: what a script may send, and what it may read."""
