"""FHIR's elements as the views know them, against PyPI's fhir.resources in the same run: R4's, and STU3's where R4 has none of that name.

`--write` makes `src/dujiang/standardise/views/elements.txt` anew from what the peer says. The facts are HL7's (CC0 1.0).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "src" / "dujiang" / "standardise" / "views" / "elements.txt"
ENVIRONMENT = ROOT / ".bench" / "fhir_elements"
VERSION = "fhir.resources==8.3.0"
PEER = Path(__file__).parent / "fhir_elements_peer.py"
MANY_TYPES = 30  # a choice of more is open to every type
Types = dict[str, Any]


def peer() -> dict[str, Types]:
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", VERSION], check=True)
        (ENVIRONMENT / "ready").touch()
    done = subprocess.run([str(ENVIRONMENT / "bin" / "python"), "-W", "ignore", str(PEER)], capture_output=True, text=True, check=True)
    told: dict[str, Types] = json.loads(done.stdout.splitlines()[-1])
    for release in told.values():
        release["Resource"][1]["id"] = ["id", False, None]  # the peer has it in a base of its own
    return told


def elements(release: Types, type: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Every element of a type -> its types and whether it is many; choices under their own name."""
    found: dict[str, tuple[tuple[str, ...], bool]] = {}
    for name, (kind, many, choice) in release[type][1].items():
        if choice:
            found[choice] = ((*found.get(choice, ((), False))[0], kind), False)
        else:
            found[name] = ((kind,), many)
    return found


def inherited(release: Types, type: str) -> set[str]:
    base = release[type][0]
    return set(elements(release, base)) | inherited(release, base) if base else set()


def merged(told: dict[str, Types], type: str) -> tuple[str, dict[str, str]]:
    """The base and the elements of a type, R4's first."""
    r4, stu3 = told["R4"], told["STU3"]
    main = r4 if type in r4 else stu3
    left_out = inherited(main, type)
    said = {name: written(*found) for name, found in elements(main, type).items() if name not in left_out}
    for name, found in (elements(stu3, type) if type in r4 and type in stu3 else {}).items():
        if name not in left_out:
            said[name] = together(said[name], found) if name in said else written(*found)
    return main[type][0] or "", said


def written(types: tuple[str, ...], many: bool) -> str:
    return ("open" if len(types) > MANY_TYPES else "|".join(sorted(types))) + ("*" if many else "")


def together(said: str, found: tuple[tuple[str, ...], bool]) -> str:
    """What both releases say of an element; `?` where they disagree."""
    types, many = found
    known = said.rstrip("*").split("|")
    if known == ["open"] or len(types) > MANY_TYPES:
        return said
    if len(known) > 1 or len(types) > 1:
        return "?" if "?" in known else "|".join(sorted({*known, *types}))
    unlike = said.endswith("*") != many or known[0][0].isupper() != types[0][0].isupper()
    return "?" if unlike else said


def lines(told: dict[str, Types]) -> list[str]:
    made = []
    for type in sorted({*told["R4"], *told["STU3"]}):
        base, said = merged(told, type)
        head = f"{type} < {base}" if base else type
        made.append(f"{head}: {', '.join(f'{name} {what}' for name, what in said.items())}".rstrip())
    return made


def main() -> None:
    head = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    ours = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    theirs = lines(peer())
    if "--write" in sys.argv:
        TABLE.write_text("\n".join([*head, *theirs]) + "\n", encoding="utf-8")
    other = [line.partition(":")[0] for line in sorted({*ours} ^ {*theirs})]
    print("types told otherwise:", ", ".join(dict.fromkeys(other)) or "none")
    agreed = len({*ours} & {*theirs})
    print(json.dumps({
        "name": "fhir_elements", "value": agreed, "unit": f"of {len(theirs)} types", "peer": VERSION, "peer_value": len(theirs),
        "ratio": round(agreed / len(theirs), 3), "holds": not other,
    }))


main()
