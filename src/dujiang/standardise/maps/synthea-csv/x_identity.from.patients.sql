-- The record number of this form is the patient's Id itself.
WITH who AS (
    SELECT *, narrow(r.LAST) AS family, narrow(r.FIRST) AS given, upper(narrow(r.SSN)) AS number, upper(narrow(r.PASSPORT)) AS passport
    FROM event
)
SELECT
    person_id, family, given,
    whole_name(family, given) AS full_name,
    CASE sex_concept(sex) WHEN 8507 THEN 'male' WHEN 8532 THEN 'female' END AS sex,
    full_date(born) AS birth_date,
    coalesce(number, passport) AS id_number,
    CASE WHEN number IS NOT NULL THEN number_system(number) WHEN passport IS NOT NULL THEN 'PASSPORT' END AS id_system,
    NULL AS phone,
    nullif(CASE
        WHEN is_han(concat(r.STATE, r.CITY, r.ADDRESS))
        THEN concat(r.STATE, CASE WHEN r.CITY <> r.STATE THEN r.CITY END, r.COUNTY, r.ADDRESS)
        ELSE concat_ws(', ', r.ADDRESS, r.CITY, r.STATE, r.ZIP)
    END, '') AS address,
    key AS mrn
FROM who
