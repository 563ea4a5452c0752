-- observations.csv: TYPE says whether VALUE is a number.
SELECT
    key, arrival, file, line,
    nullif(r.PATIENT, '') AS subject,
    nullif(r.ENCOUNTER, '') AS visit,
    set_aside(NULL, r IS NULL) AS aside,
    r.DATE AS starts,
    one_code(measure_system(r.CODE), r.CODE, r.DESCRIPTION) AS coding,
    r.DESCRIPTION AS description,
    nullif(r.VALUE, '') AS value,
    coalesce(lower(r.TYPE) = 'numeric', false) AND nullif(r.VALUE, '') IS NOT NULL AS numeric,
    nullif(r.UNITS, '') AS unit
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "DATE": "VARCHAR", "PATIENT": "VARCHAR", "ENCOUNTER": "VARCHAR", "CODE": "VARCHAR", "DESCRIPTION": "VARCHAR",
        "VALUE": "VARCHAR", "UNITS": "VARCHAR", "TYPE": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'observations'
)
