"""Standardising turns a zone's landed records into OMOP CDM 5.4 tables; what it does not understand is counted and kept."""
