"""What the Open mHealth schemas measure: the field that holds it, LOINC's code for it, and their units in UCUM.

Source: the schemas published at openmhealth.org (body-weight, heart-rate, …); a unit that a schema does not list is refused.
"""

from typing import NamedTuple

_TIME = {"ps": "ps", "ns": "ns", "us": "us", "ms": "ms", "sec": "s", "min": "min", "h": "h", "d": "d", "wk": "wk", "Mo": "mo", "yr": "a"}
_MASS = {"fg": "fg", "pg": "pg", "ng": "ng", "ug": "ug", "mg": "mg", "g": "g", "kg": "kg", "Metric Ton": "t", "gr": "[gr]", "oz": "[oz_av]", "lb": "[lb_av]",
         "Ton": "[ston_av]"}
_LENGTH = {"fm": "fm", "pm": "pm", "nm": "nm", "um": "um", "mm": "mm", "cm": "cm", "m": "m", "km": "km", "in": "[in_i]", "ft": "[ft_i]", "yd": "[yd_i]",
           "mi": "[mi_i]"}
_HEAT = {"K": "K", "F": "[degF]", "C": "Cel"}
_PRESSURE = {"mmHg": "mm[Hg]"}
_PERCENT = {"%": "%"}
_ENERGY = {"kcal": "kcal"}


class Measure(NamedTuple):
    """A field of a body, its code in LOINC, and the units it may have. `bare`: earlier versions wrote the number alone, in this unit."""

    field: str
    loinc: str
    units: dict[str, str]
    bare: str = ""


# Schema: what its body says; of several all that are there, and at least one.
MEASURES: dict[str, tuple[Measure, ...]] = {
    "blood-glucose": (Measure("blood_glucose", "2339-0", {"mg/dL": "mg/dL", "mmol/L": "mmol/L"}),),
    "blood-pressure": (Measure("systolic_blood_pressure", "8480-6", _PRESSURE), Measure("diastolic_blood_pressure", "8462-4", _PRESSURE)),
    "systolic-blood-pressure": (Measure("systolic_blood_pressure", "8480-6", _PRESSURE),),
    "diastolic-blood-pressure": (Measure("diastolic_blood_pressure", "8462-4", _PRESSURE),),
    "body-fat-percentage": (Measure("body_fat_percentage", "41982-0", _PERCENT),),
    "body-height": (Measure("body_height", "8302-2", _LENGTH),),
    "body-mass-index": (Measure("body_mass_index", "39156-5", {"kg/m2": "kg/m2", "kg/m^2": "kg/m2"}),),
    "body-temperature": (Measure("body_temperature", "8310-5", _HEAT),),
    "body-weight": (Measure("body_weight", "29463-7", _MASS),),
    "calories-burned": (Measure("kcal_burned", "41981-2", _ENERGY),),
    "heart-rate": (Measure("heart_rate", "8867-4", {"beats/min": "/min"}),),
    "minutes-moderate-activity": (Measure("minutes_moderate_activity", "", {"min": "min"}),),
    "oxygen-saturation": (Measure("oxygen_saturation", "59408-5", _PERCENT),),
    "physical-activity": (
        Measure("distance", "55430-3", _LENGTH), Measure("kcal_burned", "41981-2", _ENERGY), Measure("duration", "55411-3", _TIME),
        Measure("base_movement_quantity", "", {"steps": "{steps}", "strokes": "{strokes}"}),
    ),
    "respiratory-rate": (Measure("respiratory_rate", "9279-1", {"breaths/min": "/min"}),),
    "rr-interval": (Measure("rr_interval", "", _TIME),),
    "sleep-duration": (Measure("sleep_duration", "93832-4", _TIME),),
    "sleep-episode": (
        Measure("total_sleep_time", "93832-4", _TIME), Measure("latency_to_sleep_onset", "", _TIME), Measure("wake_after_sleep_onset", "", _TIME),
    ),
    "step-count": (Measure("step_count", "55423-8", {"steps": "{steps}"}, bare="{steps}"),),
    "total-sleep-time": (Measure("total_sleep_time", "93832-4", _TIME),),
}
# Sums over a time: from this version on the schema wants the interval.
SPANS = {"calories-burned": 2, "sleep-duration": 2, "sleep-episode": 1, "step-count": 3, "total-sleep-time": 1}
SECONDS = {"sec": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
PARTS_OF_DAY = frozenset({"morning", "afternoon", "evening", "night"})
