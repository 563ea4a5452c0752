-- FHIR DocumentReference with a text of its own. One that only points to a file elsewhere, or holds pictures, is set aside.
WITH decoded AS (
    SELECT *,
        CASE WHEN starts_with(media, 'text/') AND NOT contains(lower(media), 'rtf') THEN TRY(decode(from_base64(data))) END AS words
    FROM seen
)
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE
        WHEN set_aside(whole, unreadable) IS NOT NULL THEN set_aside(whole, unreadable)
        WHEN set_aside(status, unreadable) IS NOT NULL THEN set_aside(status, unreadable)
        WHEN nullif(trim(words), '') IS NULL THEN 'note.no_text'
    END AS aside,
    starts, code, title, media, words
FROM decoded
