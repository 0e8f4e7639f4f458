"""What CORS costs: measured as ratios in one run, for this library and for others."""
