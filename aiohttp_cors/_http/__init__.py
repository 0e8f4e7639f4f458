"""HTTP as aiohttp has it: reading preflights, writing headers, hooking into routers."""
