"""FIT files of watches, scales and cycle computers become FHIR Observations."""
