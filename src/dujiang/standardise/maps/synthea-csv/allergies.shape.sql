-- allergies.csv: the one table that names its code system (SNOMED-CT or RxNorm).
SELECT
    key, arrival, file, line,
    nullif(r.PATIENT, '') AS subject,
    nullif(r.ENCOUNTER, '') AS visit,
    set_aside(NULL, r IS NULL) AS aside,
    r.START AS starts,
    one_code(CASE lower(r.SYSTEM) WHEN 'snomed-ct' THEN 'SNOMED' WHEN 'rxnorm' THEN 'RXNORM' ELSE coalesce(r.SYSTEM, '') END,
        r.CODE, r.DESCRIPTION) AS coding,
    r.DESCRIPTION AS description,
    r.SEVERITY1 AS severity
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "START": "VARCHAR", "PATIENT": "VARCHAR", "ENCOUNTER": "VARCHAR", "CODE": "VARCHAR", "SYSTEM": "VARCHAR",
        "DESCRIPTION": "VARCHAR", "SEVERITY1": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'allergies'
)
