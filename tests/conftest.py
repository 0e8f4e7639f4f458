"""How thoroughly properties are tested: 300 examples, or 10 000 with the profile ``thorough``."""

from hypothesis import settings

# The same examples in each run, so that a run that fails can be run again.
settings.register_profile(
    "ordinary", max_examples=300, deadline=None, derandomize=True, database=None
)
settings.register_profile(
    "thorough", max_examples=10_000, deadline=None, database=None, print_blob=True
)
settings.load_profile("ordinary")
