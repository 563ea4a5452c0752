"""Fitbit's tables, as exports for studies write them, become FHIR Observations."""
