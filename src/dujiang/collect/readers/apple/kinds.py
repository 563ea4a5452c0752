"""What HealthKit calls its readings, and what LOINC and UCUM call the same.

Sources: Apple's HealthKit documentation (HKQuantityTypeIdentifier, HKUnit), LOINC's own names of the codes.
"""

SYSTEM = "https://developer.apple.com/documentation/healthkit"
LOINC = {
    "HeartRate": "8867-4", "RestingHeartRate": "40443-4", "HeartRateVariabilitySDNN": "80404-7", "StepCount": "55423-8", "BodyMass": "29463-7",
    "BodyMassIndex": "39156-5", "Height": "8302-2", "BodyFatPercentage": "41982-0", "LeanBodyMass": "91557-9", "WaistCircumference": "8280-0",
    "BloodPressureSystolic": "8480-6", "BloodPressureDiastolic": "8462-4", "OxygenSaturation": "59408-5", "RespiratoryRate": "9279-1",
    "BodyTemperature": "8310-5", "BloodGlucose": "2339-0", "ActiveEnergyBurned": "41981-2", "DistanceWalkingRunning": "41953-1",
    "PeakExpiratoryFlowRate": "19935-6", "ForcedVitalCapacity": "19868-9", "ForcedExpiratoryVolume1": "20150-9", "VO2Max": "60842-2",
}
EXERCISE_MINUTES = "55411-3"  # Exercise duration
DISTANCE, ENERGY = "55430-3", "55424-6"  # Walking distance unspecified time; calories burned unspecified time
UNITS = {
    "count/min": "/min", "count": "{count}", "lb": "[lb_av]", "degF": "[degF]", "degC": "Cel", "mmHg": "mm[Hg]", "Cal": "kcal", "mi": "[mi_i]",
    "ft": "[ft_i]", "in": "[in_i]", "hr": "h", "IU": "[iU]", "fl_oz_us": "[foz_us]", "mL/min·kg": "mL/min/kg", "dBASPL": "dB[SPL]",
}


def ucum(unit: str) -> str:
    """HealthKit's unit in UCUM; a molar mass in its name is left out, any unit not known stays as written."""
    if unit.startswith("mmol<"):
        return "mmol" + unit.rpartition(">")[2]
    return UNITS.get(unit, unit)
