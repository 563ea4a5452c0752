-- FHIR Patient.
SELECT
    key, arrival, file, line,
    CASE
        WHEN unreadable THEN 'record.unreadable'
        WHEN NOT regexp_matches(coalesce(born, ''), '^[0-9]{4}(-|$)') THEN 'person.no_birth_date'
    END AS aside,
    born, sex, died,
    coalesce(dead, false) AS dead,
    descent(extension, 'race') AS race,
    descent(extension, 'ethnicity') AS ethnicity,
    name, phone, address,
    list_transform(numbers, lambda i: {'value': i.value, 'kind': identifier_kind(i)}) AS numbers
FROM seen
