"""Name and version of the distribution.

``setup.py`` runs this file on its own, so it imports nothing.
"""

__title__ = "aiohttp-cors"
__version__ = "1.0.0rc1"
__author__ = "The aiohttp_cors developers"
__email__ = "aiohttp-cors@example.com"
__summary__ = "CORS for the aiohttp web server: who may read which response, and why not"
__uri__ = "https://github.com/aio-libs/aiohttp-cors"
__license__ = "Apache-2.0"
__copyright__ = "2026 the aiohttp_cors developers"
