-- Direct identifiers, kept apart from `person`. The resident number speaks first, then SSN, passport, others.
WITH who AS (
    SELECT *,
        CASE
            WHEN number_of(numbers, 'CN-ID') IS NOT NULL THEN 'CN-ID'
            WHEN number_of(numbers, 'US-SSN') IS NOT NULL THEN 'US-SSN'
            WHEN number_of(numbers, 'PASSPORT') IS NOT NULL THEN 'PASSPORT'
            WHEN number_of(numbers, 'OTHER') IS NOT NULL THEN 'OTHER'
        END AS id_system,
        narrow(name.family) AS family,
        narrow(array_to_string(name.given, ' ')) AS given
    FROM event
)
SELECT
    person_id, family, given,
    coalesce(narrow(name.text), whole_name(family, given)) AS full_name,
    sex,
    full_date(born) AS birth_date,
    upper(narrow(number_of(numbers, id_system))) AS id_number,
    id_system,
    phone_digits(phone) AS phone,
    coalesce(narrow(address.text), nullif(CASE
        WHEN is_han(concat(address.state, address.city, address.line[1]))
        THEN concat(address.state, CASE WHEN address.city <> address.state THEN address.city END, address.district, array_to_string(address.line, ''))
        ELSE concat_ws(', ', nullif(array_to_string(address.line, ', '), ''), address.district, address.city, address.state, address.postalCode)
    END, '')) AS address,
    number_of(numbers, 'MR') AS mrn
FROM who
