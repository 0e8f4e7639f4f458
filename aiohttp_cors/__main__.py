"""``python -m aiohttp_cors``: see what a CORS configuration says, and what live servers do."""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())
