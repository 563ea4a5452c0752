"""Apple Health exports become FHIR Observations: records, workouts, and the readings that correlations group."""
