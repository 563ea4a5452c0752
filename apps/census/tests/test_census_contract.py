"""The census keeps the contract every app keeps."""

from pathlib import Path

import census
from census.pages import main_page
from dujiang_app import Alliance
from dujiang_app.testing import AppContract


class TestCensus(AppContract):
    package = "census"
    manifest = Path(census.__file__).parent / "manifest.json"

    def page(self, alliance: Alliance, lang: str) -> str:
        return main_page(alliance, lang)
