-- FHIR ImagingStudy: what was done is its procedure, else its modality.
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    set_aside(status, unreadable) AS aside,
    starts, procedures[1] AS code, coalesce(modality, series) AS modality, said
FROM seen
