"""What a browser does: what a script may send, how URLs are read, and what a page may read."""
