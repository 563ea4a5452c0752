-- FHIR ExplanationOfBenefit: one row for each line, or one for the whole where it has none.
WITH parts AS (
    SELECT *, unnest(CASE WHEN len(items) > 0 THEN range(1, len(items) + 1) ELSE [0] END) AS n FROM seen
)
SELECT
    key, arrival, file, line, n AS part,
    key_in(subject, 'Patient') AS subject,
    NULL::VARCHAR AS visit,
    set_aside(status, unreadable) AS aside,
    coalesce(items[n].servicedDate, items[n].servicedPeriod.start, starts) AS starts,
    items[n].productOrService AS code,
    items[n].revenue.coding[1].code AS revenue,
    CASE WHEN n = 0 THEN amount_of(totals, 'submitted') ELSE coalesce(amount_of(items[n].adjudication, 'submitted'), items[n].net.value) END AS charged,
    CASE WHEN n = 0 THEN coalesce(paid::VARCHAR, amount_of(totals, 'benefit')) ELSE amount_of(items[n].adjudication, 'benefit') END AS paid,
    CASE WHEN n = 0 THEN amount_of(totals, 'copay') ELSE amount_of(items[n].adjudication, 'copay') END AS copay,
    CASE WHEN n = 0 THEN amount_of(totals, 'eligible') ELSE amount_of(items[n].adjudication, 'eligible') END AS allowed,
    CASE WHEN n = 0 THEN amount_of(totals, 'deductible') ELSE amount_of(items[n].adjudication, 'deductible') END AS deductible
FROM parts
