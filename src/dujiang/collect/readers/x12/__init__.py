"""X12 claims (837) become FHIR Claims, and remittances (835) ExplanationOfBenefits."""
