"""For whoever builds an app on Dujiang: the manifest, the client of the alliance's HTTP door, and the contract suite.

Imports nothing of `dujiang`: an app stands outside, like any stranger.
"""

from dujiang_app.client import Alliance, AppError
from dujiang_app.manifest import Manifest

__all__ = ["Alliance", "AppError", "Manifest"]
