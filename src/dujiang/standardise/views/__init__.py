"""SQL-on-FHIR v2 ViewDefinitions as data: one view compiles to one typed DuckDB statement; what lies outside the subset is refused."""
