"""Open mHealth and IEEE 1752 data points become FHIR Observations."""
