"""The peers' side of `deid`, in an environment of their own: anjana makes the table anonymous, pycanon counts what comes out of either."""

import json
import sys
import time

import numpy
import pandas
from anjana import anonymity
from pycanon import anonymity as canon


def loss(before: pandas.DataFrame, after: pandas.DataFrame, ladders: dict[str, dict[str, list[str]]]) -> float:
    """Iyengar's loss from its definition: a cell's group less one over the column's values less one; a row that is left out loses all."""
    lost = float(len(before) - len(after))
    for column, levels in ladders.items():
        values = before[column].unique()
        sizes: dict[str, int] = {}
        for level in levels.values():
            at = dict(zip(levels["0"], level, strict=True))
            groups = pandas.Series([at[v] for v in values]).value_counts()
            for group, size in groups.items():
                # A value that names itself is a group of one; the same word at two levels is the smaller group.
                sizes[str(group)] = min(sizes.get(str(group), size), size)
        lost += sum((sizes[str(v)] - 1) / max(len(values) - 1, 1) for v in after[column]) / len(ladders)
    return lost / len(before)


def risk(table: pandas.DataFrame, quasi: list[str]) -> dict[str, float]:
    sizes = table.groupby(quasi, dropna=False).size()
    return {"k": int(sizes.min()), "marketer": len(sizes) / len(table), "unique": float((sizes == 1).sum() / len(table))}


def main() -> None:
    work = json.loads(sys.stdin.read())
    quasi, sensitive, k, least, t = work["quasi"], work["sensitive"], work["k"], work["l"], work["t"]
    before = pandas.read_csv(work["before"], dtype=str, keep_default_na=False)
    ladders = work["ladders"]
    hierarchies = {c: {int(n): numpy.array(v) for n, v in levels.items()} for c, levels in ladders.items()}
    whole = {c: {int(n): numpy.array([dict(zip(levels["0"], v, strict=True))[x] for x in before[c]]) for n, v in levels.items()} for c, levels in ladders.items()}
    told = {}
    for name in work["models"]:
        begun, cpu = time.perf_counter(), time.process_time()
        try:
            data, supp = before.copy(), work["suppress"] * 100
            if name == "k":
                out = anonymity.k_anonymity(data, [], quasi, k, supp, whole)
            elif name == "l":
                out = anonymity.l_diversity(data, [], quasi, sensitive, k, least, supp, whole)
            else:
                out = anonymity.t_closeness(data, [], quasi, sensitive, k, t, supp, whole)
            took = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
            told[name] = {**took, "kept": len(out), "loss": loss(before, out, ladders), **risk(out, quasi)} if len(out) else {**took, "kept": 0}
        except Exception as error:
            told[name] = {"failed": f"{type(error).__name__}: {error}"[:200]}
    ours = {}
    for name, file in work["ours"].items():
        out = pandas.read_csv(file, dtype=str, keep_default_na=False)
        ours[name] = {"k": canon.k_anonymity(out, quasi), "l": canon.l_diversity(out, quasi, [sensitive]), "t": float(canon.t_closeness(out, quasi, [sensitive])),
                      "kept": len(out), "loss": loss(before, out, ladders)}
    print(json.dumps({"peer": told, "counted": ours, "before": risk(before, quasi), "hierarchies": {c: len(h) for c, h in hierarchies.items()}}))


main()
