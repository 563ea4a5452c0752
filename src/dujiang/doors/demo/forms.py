"""The consent forms the demo's hospitals hold: the synthetic world's own, or for real exports a stated share of denials."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dujiang.words import GENERAL_RESEARCH

EVERY = 17  # of the patients in order of their key, the share that denies where the exports bring no forms


def permit(patient: str) -> dict[str, Any]:
    return {"patient": patient, "effect": "permit", "purposes": [GENERAL_RESEARCH]}


def forms_for(hospital: str, patients: Iterable[str], *, source: Path, consent: str) -> list[dict[str, Any]]:
    """One form or more per patient. `consent` is `all` (everybody permits) or `some`."""
    known = sorted(set(patients))
    if consent == "all":
        return [permit(p) for p in known]
    written = source / "consents.json"
    if written.exists():
        given = json.loads(written.read_text()).get(hospital, {})
        return [{"patient": patient, **form} for patient, forms in sorted(given.items()) for form in forms]
    denies = {"effect": "deny", "purposes": ["*"]}
    return [{**permit(p), **(denies if n % EVERY == EVERY - 1 else {})} for n, p in enumerate(known)]
