-- immunizations.csv
SELECT
    key, arrival, file, line,
    nullif(r.PATIENT, '') AS subject,
    nullif(r.ENCOUNTER, '') AS visit,
    set_aside(NULL, r IS NULL) AS aside,
    r.DATE AS starts,
    one_code(vaccine_system(r.CODE), r.CODE, r.DESCRIPTION) AS coding,
    r.DESCRIPTION AS description
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "DATE": "VARCHAR", "PATIENT": "VARCHAR", "ENCOUNTER": "VARCHAR", "CODE": "VARCHAR", "DESCRIPTION": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'immunizations'
)
