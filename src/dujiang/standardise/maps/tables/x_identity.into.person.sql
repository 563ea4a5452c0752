-- Direct identifiers, kept apart from `person`.
WITH who AS (
    SELECT *, narrow(family) AS surname, narrow(given) AS forename, upper(narrow(id_number)) AS number, upper(narrow(passport)) AS travel
    FROM event
)
SELECT
    person_id,
    surname AS family,
    forename AS given,
    coalesce(narrow(name), whole_name(surname, forename)) AS full_name,
    CASE sex_concept(sex) WHEN 8507 THEN 'male' WHEN 8532 THEN 'female' END AS sex,
    full_date(born) AS birth_date,
    coalesce(number, travel) AS id_number,
    CASE WHEN number IS NOT NULL THEN number_system(number) WHEN travel IS NOT NULL THEN 'PASSPORT' END AS id_system,
    phone_digits(phone) AS phone,
    narrow(address) AS address,
    coalesce(narrow(mrn), key) AS mrn
FROM who
