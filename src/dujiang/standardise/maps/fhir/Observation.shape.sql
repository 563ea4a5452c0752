-- FHIR Observation, one row for its own value (part NULL) and one for each component (part 1, 2, …). A panel without a value
-- of its own is its components.
WITH parts AS (
    SELECT key, arrival, file, line,
        key_in(subject, 'Patient') AS subject,
        key_in(visit, 'Encounter') AS visit,
        set_aside(status, unreadable) AS aside,
        starts, own, component,
        unnest(range(len(component) + 1)) AS n
    FROM seen
),
items AS (
    SELECT * EXCLUDE (own, component, n),
        nullif(n, 0) AS part,
        CASE WHEN n > 0 THEN component[n] ELSE own END AS i,
        n = 0 AND len(component) > 0 AS panel
    FROM parts
)
SELECT * EXCLUDE (i, panel),
    i.code AS code,
    coalesce(i.valueQuantity.value, i.valueInteger) AS number,
    i.valueQuantity.comparator AS comparator,
    coalesce(i.valueQuantity.code, i.valueQuantity.unit) AS unit,
    i.valueQuantity.system AS unit_system,
    num(i.referenceRange[1].low.value) AS low,
    num(i.referenceRange[1].high.value) AS high,
    i.valueCodeableConcept AS coded_value,
    coalesce(i.valueString, i.valueBoolean, i.valueDateTime, i.valueTime, i.valuePeriod, i.valueRange, i.valueRatio, i.valueSampledData) AS words
FROM items
WHERE NOT panel OR number IS NOT NULL OR coded_value IS NOT NULL OR words IS NOT NULL
