"""What is wrong with a configuration: it cannot work, or is unsafe."""
