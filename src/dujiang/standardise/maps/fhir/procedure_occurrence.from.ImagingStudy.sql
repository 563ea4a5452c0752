SELECT
    stable_id('ImagingStudy', key) AS procedure_occurrence_id,
    0 AS procedure_concept_id,
    start_date AS procedure_date,
    start_datetime AS procedure_datetime,
    32817 AS procedure_type_concept_id,
    coalesce(first_of(code.coding).code, code.text, modality, said, '') AS procedure_source_value,
    0 AS procedure_source_concept_id,
    CASE WHEN codes(code.coding) <> '' THEN codes(code.coding) WHEN modality <> '' THEN 'DCM|' || modality ELSE '' END AS x_codes,
    coalesce(first_system(code.coding), CASE WHEN modality <> '' THEN 'http://dicom.nema.org/resources/ontology/DCM' END) AS code_system,
    coalesce(said(code), said) AS code_text,
    origin.*
FROM event
