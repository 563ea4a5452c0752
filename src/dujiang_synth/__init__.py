"""A small Chinese world of people, illnesses and hospitals, made from a seed; imports nothing of `dujiang`."""

from dujiang_synth.identity import check_character, identity_number, is_valid_identity_number
from dujiang_synth.pair import write_pair
from dujiang_synth.truth import DirtItem, TruePerson, Truth
from dujiang_synth.world import Refused, write_world

__all__ = [
    "DirtItem",
    "Refused",
    "TruePerson",
    "Truth",
    "check_character",
    "identity_number",
    "is_valid_identity_number",
    "write_pair",
    "write_world",
]
