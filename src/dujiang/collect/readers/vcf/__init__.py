"""Variant call files become FHIR Observations, one for each variant that a sample carries."""
