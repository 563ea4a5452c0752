"""Clinical documents (CDA, C-CDA) become FHIR R4 records: entry by entry, with the narrative they point to."""
