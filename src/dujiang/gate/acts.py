"""All acts, all works and all life cycles of Dujiang, complete: what is not listed here cannot be done."""

from itertools import chain

import dujiang.assess.acts
import dujiang.collect.acts
import dujiang.compute.acts
import dujiang.consent.acts
import dujiang.gate.actors
import dujiang.gate.apps
import dujiang.gate.jobs
import dujiang.gate.parties
import dujiang.gate.records
import dujiang.identify.acts
import dujiang.identify.typed_acts
import dujiang.register.acts
import dujiang.register.map_acts
import dujiang.release.acts
import dujiang.request.acts
import dujiang.settle.acts
import dujiang.standardise.acts
import dujiang.standardise.explaining
import dujiang.standardise.mapping_acts
import dujiang.standardise.term_acts
import dujiang.standardise.vocabulary_acts
from dujiang.act import JOB_LIFE, Act, Work
from dujiang.words import Life

STAGES = (
    dujiang.collect.acts,
    dujiang.standardise.acts,
    dujiang.standardise.vocabulary_acts,
    dujiang.standardise.term_acts,
    dujiang.standardise.mapping_acts,
    dujiang.standardise.explaining,
    dujiang.identify.acts,
    dujiang.identify.typed_acts,
    dujiang.assess.acts,
    dujiang.register.acts,
    dujiang.register.map_acts,
    dujiang.consent.acts,
    dujiang.request.acts,
    dujiang.compute.acts,
    dujiang.release.acts,
    dujiang.settle.acts,
    dujiang.gate.actors,
    dujiang.gate.parties,
    dujiang.gate.apps,
    dujiang.gate.jobs,
    dujiang.gate.records,
)


def _acts() -> dict[str, Act]:
    listed = list(chain.from_iterable(stage.ACTS for stage in STAGES))
    by_name = {act.name: act for act in listed}
    if len(by_name) != len(listed):
        raise ValueError("two acts have one name")
    return by_name


ACTS: dict[str, Act] = _acts()
WORKS: dict[str, Work] = {w.name: w for stage in STAGES for w in getattr(stage, "WORKS", ())}
LIVES: dict[str, Life] = {
    life.kind: life for life in (JOB_LIFE, *chain.from_iterable(getattr(stage, "LIVES", ()) for stage in STAGES))
}
