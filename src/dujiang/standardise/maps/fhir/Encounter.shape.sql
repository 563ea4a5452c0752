-- FHIR Encounter.
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    set_aside(status, unreadable) AS aside,
    starts, ends, class,
    list_distinct(coding) AS coding,
    coalesce(source.text, said(source)) AS admitted_from,
    coalesce(disposition.text, said(disposition)) AS discharged_to
FROM seen
