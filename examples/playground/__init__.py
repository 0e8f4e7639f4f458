"""Real servers under different CORS policies, and a page that tries them in a real browser."""
