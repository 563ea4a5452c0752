SELECT person_id, dat(died) AS death_date, ts(died) AS death_datetime, 32817 AS death_type_concept_id, origin.*
FROM event
WHERE dat(died) IS NOT NULL
