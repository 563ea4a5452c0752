"""Splink 5 and recordlinkage's ECM on the public sets, in an environment of their own, each with the settings its own documentation uses.

Run by `identity.py` inside that environment: `python identity_peers.py PEER SHAPE FILE`; prints JSON with the links, the clusters and the seconds
from the read table to the clusters (imports and reading are not counted, ours are measured likewise).
"""

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

KEYS = {"febrl": "rec_id", "fake": "unique_id", "people": "person_id"}
Found = tuple[list[tuple[str, str]], dict[str, str]]


def read(path: str) -> Any:
    import pandas

    table = pandas.read_csv(path, dtype=str, skipinitialspace=True, keep_default_na=False)
    table.columns = [name.strip() for name in table.columns]
    return table.apply(lambda column: column.str.strip()).replace("", None)


def splink_settings(shape: str) -> tuple[Any, list[Any], float, list[Any]]:
    """Settings, deterministic rules, their recall, and the blocking of each training session."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    def frequent(column: str) -> Any:
        return cl.ExactMatch(column).configure(term_frequency_adjustments=True)

    if shape == "febrl":
        blocks = [block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
        fields = [
            cl.NameComparison("given_name"), cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]), frequent("street_number"), frequent("postcode"),
        ]  # fmt: skip
        sure = [
            "l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth",
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ]  # fmt: skip
        return _settings(SettingsCreator, shape, blocks, fields), sure, 0.9, [block_on("date_of_birth"), block_on("postcode")]
    if shape == "fake":
        blocks = [block_on(c) for c in ("first_name", "surname", "dob", "email")]
        fields = [
            cl.NameComparison("first_name"), cl.NameComparison("surname"), cl.DateOfBirthComparison("dob", input_is_string=True),
            frequent("city"), cl.EmailComparison("email"),
        ]  # fmt: skip
        sure = [block_on("first_name", "dob"), "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2", "l.email = r.email"]
        return _settings(SettingsCreator, shape, blocks, fields), sure, 0.7, [block_on("first_name", "surname"), block_on("dob")]
    blocks = [block_on("id_number"), block_on("full_name", "birth_date"), block_on("phone", "sex"), block_on("birth_date", "family")]
    fields = [
        cl.JaroWinklerAtThresholds("full_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("birth_date", input_is_string=True), cl.DamerauLevenshteinAtThresholds("id_number", [1]),
        cl.ExactMatch("sex"), frequent("phone"), cl.JaroWinklerAtThresholds("address", [0.95, 0.85]),
    ]  # fmt: skip
    return _settings(SettingsCreator, shape, blocks, fields), [block_on("id_number"), block_on("full_name", "birth_date", "phone")], 0.8, [
        block_on("id_number"), block_on("birth_date")]  # fmt: skip


def _settings(creator: Any, shape: str, blocks: list[Any], fields: list[Any]) -> Any:
    return creator(
        link_type="dedupe_only", unique_id_column_name=KEYS[shape], blocking_rules_to_generate_predictions=blocks, comparisons=fields
    )


def splink(table: Any, shape: str) -> Found:
    from splink import DuckDBAPI, Linker

    settings, sure, recall, sessions = splink_settings(shape)
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings)
    linker.training.estimate_probability_two_random_records_match(sure, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for session in sessions:
        linker.training.estimate_parameters_using_expectation_maximisation(session)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.5)
    key = KEYS[shape]
    pairs, groups = predicted.as_pandas_dataframe(), clusters.as_pandas_dataframe()
    return list(zip(pairs[f"{key}_l"], pairs[f"{key}_r"], strict=True)), dict(zip(groups[key], groups["cluster_id"], strict=True))


def ecm(table: Any, shape: str) -> Found:
    import recordlinkage

    data = table.set_index(KEYS[shape])
    index, compare = recordlinkage.Index(), recordlinkage.Compare()
    blocks = {"febrl": ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode"), "fake": ("first_name", "surname", "dob", "email")}
    names = {"febrl": ("given_name", "surname", "address_1"), "fake": ("first_name", "surname", "email")}
    exact = {"febrl": ("date_of_birth", "suburb", "state", "soc_sec_id", "postcode"), "fake": ("dob", "city")}
    for column in blocks[shape]:
        index.block(column)
    for column in names[shape]:
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in exact[shape]:
        compare.exact(column, column, label=column)
    vectors = compare.compute(index.index(data), data)
    links = [(a, b) for a, b in recordlinkage.ECMClassifier().fit_predict(vectors)]
    return links, components(list(data.index), links)


def components(records: list[str], links: list[tuple[str, str]]) -> dict[str, str]:
    parent = {r: r for r in records}

    def root(record: str) -> str:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b in links:
        parent[root(a)] = root(b)
    return {r: root(r) for r in records}


def main(peer: str, shape: str, path: str) -> None:
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    run: Callable[[Any, str], Found] = {"splink": splink, "ecm": ecm}[peer]
    table = read(path)
    __import__({"splink": "splink", "ecm": "recordlinkage"}[peer])
    begun = time.perf_counter()
    links, clusters = run(table, shape)
    seconds = time.perf_counter() - begun
    json.dump({"seconds": seconds, "links": [[str(a), str(b)] for a, b in links], "clusters": {str(r): str(c) for r, c in clusters.items()}}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:4])
