"""Reading free-text diagnoses, against rapidfuzz and TF-IDF of character n-grams, on lists that nobody here wrote.

Lists: the Chinese ICD-10 categories (1,586) and a national clinical list (33,303 names), both loaded by the loader as a hospital would.
Texts: their names, distorted as `terms_distort.py` says; and, of the larger list, names that are taken out first, whose category must
then be found by its other names: nobody generated those. Both with fixed seeds.

Peers get the same texts: rapidfuzz `process.extractOne` with `WRatio` (its default) and with `partial_ratio`, and the cosine of TF-IDF
vectors of one to three characters (scikit-learn); each raw and, to see what is owed to writing alone, normalised by our `normalise`.
Calibration is measured on texts a fifth of which mean something that was taken out of the list.

Holds: better first choices than every raw peer on both lists, and faster than rapidfuzz on both.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
ENVIRONMENT = HERE.parent / ".bench" / "terms"
PACKAGES = ("rapidfuzz==3.14.6", "scikit-learn==1.9.1")
SHARED = Path(os.environ.get("DUJIANG_SHARED") or HERE.parent.parent / "shared") / "data"
LISTS = {"categories": ("zh/icd10_cn/disease.csv", "ICD10", 1500), "national": ("drg/opendrg_chs11_icd/ZD_INFO.dat.gz", "ICD10CN", 600)}
SLOW = 100  # texts that rapidfuzz gets on the larger list
UNSEEN = 800

from terms_distort import KINDS, distorted  # noqa: E402

from dujiang.doors.delivery import folder_delivery  # noqa: E402
from dujiang.standardise.terms.index import Name  # noqa: E402
from dujiang.standardise.terms.matching import THRESHOLD, Matcher, stem  # noqa: E402
from dujiang.standardise.terms.writing import normalise  # noqa: E402
from dujiang.standardise.vocabularies.loading import Asked, load  # noqa: E402
from dujiang.standardise.vocabularies.naming import names_of  # noqa: E402
from dujiang.store.frames import DuckFrames  # noqa: E402
from dujiang.store.zones import Zones  # noqa: E402

Found = list[str]  # codes, the best first


def make_environment() -> None:
    """The peers in an environment of their own, beside ours on the path; the measured times do not include it."""
    if not (ENVIRONMENT / "ready").exists():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-qq", *PACKAGES], check=True)
        (ENVIRONMENT / "ready").touch()
    sys.path.append(sysconfig.get_path("purelib", vars={"base": str(ENVIRONMENT), "platbase": str(ENVIRONMENT)}))


def loaded(path: str, system: str) -> list[Name]:
    """The names of a list, through the loader and its sealed tables."""
    with tempfile.TemporaryDirectory() as folder:
        zones = Zones(Path(folder))
        world: Any = SimpleNamespace(
            blobs=zones, frames=lambda: DuckFrames(zones), tables=SimpleNamespace(find=lambda kind, id: None), clock=SimpleNamespace(now=lambda: datetime.now(UTC))
        )
        vocabulary = load(world, folder_delivery(SHARED / path), Asked("list", "open", system), lambda done, of: None)
        with world.frames() as frames:
            return list(names_of(frames, [vocabulary]))


def code_of(name: Name) -> str:
    return name.codes[0].code


class Ours:
    def __init__(self, names: Sequence[Name]) -> None:
        self.matcher = Matcher(names)

    def __call__(self, text: str) -> Found:
        parts = self.matcher.read(text).parts
        return [candidate.codes[0].code for candidate in parts[0].candidates] if parts else []


class Fuzzy:
    def __init__(self, names: Sequence[Name], scorer: str, written: Callable[[str], str]) -> None:
        from rapidfuzz import fuzz, process

        self._extract, self._scorer, self._written = process.extract, getattr(fuzz, scorer), written
        self._texts, self._codes = [written(n.text) for n in names], [code_of(n) for n in names]

    def __call__(self, text: str) -> Found:
        return [self._codes[at] for _, _, at in self._extract(self._written(text), self._texts, scorer=self._scorer, limit=5)]


class Cosine:
    def __init__(self, names: Sequence[Name], written: Callable[[str], str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._written, self._codes = written, [code_of(n) for n in names]
        self._vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        self._names = self._vectors.fit_transform([written(n.text) for n in names]).T.tocsr()

    def __call__(self, text: str) -> Found:
        scores = (self._vectors.transform([self._written(text)]) @ self._names).tocsr()
        return [self._codes[at] for _, at in sorted(zip(-scores.data, scores.indices, strict=True))[:5]]


def measure(method: Callable[[str], Found], cases: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """Share with the right code first, among the first five, and texts a second."""
    begun = time.perf_counter()
    found = [method(text) for text, _ in cases]
    took = time.perf_counter() - begun
    first = sum(f[:1] == [code] for f, (_, code) in zip(found, cases, strict=True))
    five = sum(code in f[:5] for f, (_, code) in zip(found, cases, strict=True))
    return first / len(cases), five / len(cases), len(cases) / took


def compare(title: str, names: Sequence[Name], count: int) -> dict[str, tuple[float, float, float]]:
    """One list: every method on the same distorted names."""
    r = random.Random(20261125)
    drawn = [(*distorted(r, name.text), code_of(name)) for name in r.choices(names, k=count)]
    cases = [(text, code) for _, text, code in drawn]
    slow = cases if len(names) < 10_000 else cases[:SLOW]
    begun = time.perf_counter()
    ours = Ours(names)
    print(f"{title}: {len(names)} names, index made in {time.perf_counter() - begun:.2f} s, {count} texts (rapidfuzz: {len(slow)})")
    results = {"ours": measure(ours, cases)}
    for written, how in ((str, "raw"), (normalise, "normalised")):
        results[f"rapidfuzz WRatio {how}"] = measure(Fuzzy(names, "WRatio", written), slow)
        results[f"rapidfuzz partial_ratio {how}"] = measure(Fuzzy(names, "partial_ratio", written), slow)
        results[f"TF-IDF cosine {how}"] = measure(Cosine(names, written), cases)
    for name, (first, five, speed) in results.items():
        print(f"  {name:36} first {first:.3f}  first five {five:.3f}  {speed:9.0f} texts/s")
    results["ours, rapidfuzz's texts"] = measure(Ours(names), slow)
    by_kind = {kind: [(text, code) for k, text, code in drawn if k == kind] for kind in KINDS}
    cosine = Cosine(names, str)
    parts = (f"{kind} {measure(ours, some)[0]:.2f}/{measure(cosine, some)[0]:.2f}" for kind, some in by_kind.items() if some)
    print("  first, by kind, ours/TF-IDF raw: " + "  ".join(parts))
    known = [name.text for name in names][:10_000]
    begun = time.perf_counter()
    for text in known:
        ours.matcher.read(text)
    print(f"  texts that are in the list: {len(known) / (time.perf_counter() - begun):.0f} texts/s")
    return results


def calibrate(title: str, names: Sequence[Name], count: int) -> None:
    """Probability against truth: Brier score, expected calibration error, and what mapping at the threshold gives."""
    r = random.Random(7)
    kept, gone = [], []
    for name in names:
        (gone if r.random() < 0.2 else kept).append(name)
    matcher = Matcher(kept)
    found: list[tuple[float, bool]] = []
    for name in r.choices(kept, k=count * 4 // 5) + r.choices(gone, k=count // 5):
        parts = matcher.read(distorted(r, name.text)[1]).parts
        if parts and parts[0].candidates:
            best = parts[0].candidates[0]
            found.append((best.probability, stem(best.codes[0].code) == stem(code_of(name))))
    brier = sum((p - right) ** 2 for p, right in found) / len(found)
    bins = [[(p, right) for p, right in found if at <= p * 10 < at + 1 + (at == 9)] for at in range(10)]
    gap = sum(abs(sum(p for p, _ in b) - sum(right for _, right in b)) for b in bins) / len(found)
    mapped = [right for p, right in found if p >= THRESHOLD]
    print(f"{title}, a fifth not in the list: Brier {brier:.3f}, ECE {gap:.3f}")
    print(f"  mapped at {THRESHOLD}: {len(mapped) / len(found):.0%}, right {sum(mapped) / len(mapped):.3f}")
    print("  said → right: " + "  ".join(f"{sum(p for p, _ in b) / len(b):.2f}→{sum(r for _, r in b) / len(b):.2f}" for b in bins if b))


def unseen(names: Sequence[Name]) -> None:
    """Names that are not in the list: is their category found by the others?"""
    r = random.Random(3)
    mixed = r.sample(list(names), len(names))
    gone, kept = mixed[:UNSEEN], mixed[UNSEEN:]
    cases = [(name.text, code_of(name)[:3]) for name in gone]
    for title, method, some in (
        ("ours", Ours(kept), cases), ("TF-IDF cosine raw", Cosine(kept, str), cases), ("rapidfuzz WRatio raw", Fuzzy(kept, "WRatio", str), cases[:SLOW])
    ):
        right = sum([code[:3] for code in method(text)[:1]] == [category] for text, category in some)
        print(f"  {title:36} category right {right / len(some):.3f} of {len(some)}")
    sure = _sure(kept, cases)
    print(f"  ours, mapped at {THRESHOLD}: {len(sure) / len(cases):.0%}, category right {sum(sure) / max(1, len(sure)):.3f}")


def _sure(kept: Sequence[Name], cases: Sequence[tuple[str, str]]) -> list[bool]:
    matcher = Matcher(kept)
    read = [(matcher.read(text).parts, category) for text, category in cases]
    return [parts[0].candidates[0].codes[0].code[:3] == category for parts, category in read if parts and parts[0].mapped]


def main() -> None:
    if not SHARED.exists():
        print(f"the lists are not on this machine; say where by DUJIANG_SHARED, or put them at {SHARED}")
        return
    make_environment()
    results = {}
    for title, (path, system, count) in LISTS.items():
        names = loaded(path, system)
        results[title] = compare(title, names, count)
        calibrate(title, names, count)
    print("names not in the national list, by its others:")
    unseen(names)
    peers = [name for name in results["national"] if name.endswith("raw")]
    better = all(r["ours"][0] > r[p][0] for r in results.values() for p in peers)
    better &= all(r["ours, rapidfuzz's texts"][0] > r[p][0] for r in results.values() for p in peers if p.startswith("rapidfuzz"))
    faster = all(r["ours"][2] > r[p][2] for r in results.values() for p in peers if p.startswith("rapidfuzz"))
    ours, peer = results["national"]["ours"][0], max((results["national"][p][0], p) for p in peers)
    print(json.dumps({
        "name": "terms", "value": round(ours, 4), "unit": "share of distorted names read right first, of a national list", "peer": peer[1],
        "peer_value": round(peer[0], 4), "ratio": round(ours / peer[0], 3), "holds": better and faster,
    }))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
