"""Settings all tests share: random examples by hand, the same ones every time where nobody looks on (CI)."""

import os

from hypothesis import HealthCheck, settings

COMMON = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dujiang", COMMON)
settings.register_profile("ci", COMMON, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dujiang")
