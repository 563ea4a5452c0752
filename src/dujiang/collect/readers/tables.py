"""Which tables we know by name: the columns they cannot do without, and whose ids name one row each."""

from collections.abc import Mapping

# Synthea's CSV export; `START|DATE` means one of the two (its versions differ).
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "patients": ("Id", "BIRTHDATE", "GENDER"),
    "encounters": ("Id", "START", "PATIENT", "ENCOUNTERCLASS", "CODE"),
    "conditions": ("START", "PATIENT", "CODE"),
    "medications": ("START", "PATIENT", "CODE"),
    "observations": ("DATE", "PATIENT", "CODE", "VALUE"),
    "procedures": ("START|DATE", "PATIENT", "CODE"),
    "immunizations": ("DATE", "PATIENT", "CODE"),
    "allergies": ("START", "PATIENT", "CODE"),
}
# Elsewhere an `Id` column may repeat (imaging_studies has a row per image), and rows must not supersede each other.
KEYED = frozenset({"patients", "encounters", "careplans", "claims", "organizations", "providers", "payers"})


def missing(kind: str, columns: list[str]) -> list[str]:
    """The required columns, or choices of columns, that a known table lacks."""
    return [need for need in REQUIRED.get(kind, ()) if not any(name in columns for name in need.split("|"))]


def is_known(kind: str, header: bytes) -> bool:
    """Whether a table of that name is one of ours: one column at least must be, lest a stranger's `patients` be measured by them."""
    if kind not in REQUIRED:
        return kind in KEYED and b"Id" in header
    return any(name.encode() in header for need in REQUIRED[kind] for name in need.split("|"))
