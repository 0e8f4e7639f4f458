"""How long the tests of endurance run: some seconds, or in ``tox -e endurance`` some minutes."""

from __future__ import annotations

import os

#: Set by the tox environment.
WHOLE = "ENDURANCE" in os.environ
#: Another number makes other requests; the same one makes the same.
SEED = int(os.environ.get("ENDURANCE_SEED", "7"))
