"""HL7 v2 messages become FHIR R4 records: every message by itself, every segment by what it is, whatever its message is called."""
