"""The CORS decision: pure Python that knows no aiohttp."""
