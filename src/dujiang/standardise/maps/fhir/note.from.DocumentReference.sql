-- Free text: it names people, so it belongs to no asset (`note` is not among the tables of one). Type 32817 EHR, encoding 32678 UTF-8.
SELECT
    stable_id('DocumentReference', key) AS note_id,
    origin.person_id AS person_id,
    start_date AS note_date,
    start_datetime AS note_datetime,
    32817 AS note_type_concept_id,
    0 AS note_class_concept_id,
    title AS note_title,
    words AS note_text,
    32678 AS encoding_concept_id,
    0 AS language_concept_id,
    origin.visit_occurrence_id AS visit_occurrence_id,
    coalesce(first_of(code.coding).code, code.text) AS note_source_value,
    origin.x_source_kind, origin.x_source_key, origin.x_arrival, origin.x_file, origin.x_line
FROM event
