"""These tests need all agents: ``tox run -e instrumented`` installs them and runs the tests."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("INSTRUMENTED") else ["test_*.py"]
