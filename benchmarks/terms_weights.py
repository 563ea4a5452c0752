"""Fits the six numbers of `standardise/terms/ranking.py` again, by maximum likelihood, and prints them; run by hand after a change of the features.

Cases: names of both lists with one or two random edits (a character left out, added, replaced or exchanged with its neighbour), a fifth of them
with the right name taken from the candidates; and names of the national list that were taken out of it before. The benchmark's own
distortions are not used here.
"""

import random
from collections.abc import Sequence

from terms import LISTS, code_of, loaded, make_environment

from dujiang.standardise.terms.index import Index, Name
from dujiang.standardise.terms.matching import stem
from dujiang.standardise.terms.ranking import contrasts, other_numbers
from dujiang.standardise.terms.writing import meant, normalise

EACH = 3000
Case = tuple[list[list[float]], list[bool]]  # of each candidate its features, and whether it is right


def edited(r: random.Random, text: str, letters: str) -> str:
    for _ in range(r.choice((1, 1, 2))):
        at, how = r.randrange(len(text)), r.randrange(4)
        rest = text[at + 1 :]
        text = text[:at] + (rest, r.choice(letters) + text[at:], r.choice(letters) + rest, rest[:1] + text[at] + rest[1:])[how] or text
    return text


def case(index: Index, text: str, right: str, *, without: str = "") -> Case:
    """The candidates of a text; `right` is a code, or the WHO code that the right ones share; those of `without` are not there."""
    best: dict[str, list[float]] = {}
    for asked in dict.fromkeys((normalise(text), meant(normalise(text)))):
        numbers = index.search(asked)
        for number, likeness in zip(numbers, index.likeness(asked, numbers), strict=True):
            name = index.names[number]
            features = [*likeness, float(min(2, contrasts(asked, name.text))), float(other_numbers(asked, name.text))]
            code = code_of(name)
            if stem(code) != without and sum(features) > sum(best.get(code, [-9.0])):
                best[code] = features
    return list(best.values()), [right in (code, stem(code)) for code in best]


def typos(names: Sequence[Name], r: random.Random) -> list[Case]:
    index, letters = Index(names), "".join(sorted({c for name in names for c in name.text}))
    cases = []
    for name in r.choices(names, k=EACH):
        gone = stem(code_of(name)) if r.random() < 0.2 else ""
        cases.append(case(index, edited(r, name.text, letters), code_of(name), without=gone))
    return cases


def unlisted(names: Sequence[Name], r: random.Random) -> list[Case]:
    mixed = r.sample(list(names), len(names))
    index = Index(mixed[EACH:])
    return [case(index, name.text, stem(code_of(name))) for name in mixed[:EACH]]


def fit(cases: Sequence[Case]) -> list[float]:
    import numpy as np
    from scipy.optimize import minimize

    prepared = [(np.array(features), np.array([*right, not any(right)])) for features, right in cases if features]

    def loss(weights):  # type: ignore[no-untyped-def]
        total, slope = 0.0, np.zeros_like(weights)
        for features, right in prepared:
            z = np.append(features @ weights[:-1], weights[-1])
            p = np.exp(z - z.max())
            p /= p.sum()
            among = p * right / (p * right).sum()
            total -= np.log((p * right).sum())
            slope[:-1] += (p - among)[:-1] @ features
            slope[-1] += (p - among)[-1]
        return total / len(prepared), slope / len(prepared)

    return [round(float(w), 1) for w in minimize(loss, np.array([1.0, 8, 8, -2, -1, 13]), jac=True, method="L-BFGS-B").x]


def main() -> None:
    make_environment()
    r = random.Random(1)
    lists = [loaded(path, system) for path, system, _ in LISTS.values()]
    *weights, none = fit([*typos(lists[0], r), *typos(lists[1], r), *unlisted(lists[1], r)])
    print(f"WEIGHTS = {tuple(weights)}\nNONE = {none}")


if __name__ == "__main__":
    main()
