"""The cost of CORS in this library and in others, measured as ratios within one run."""
