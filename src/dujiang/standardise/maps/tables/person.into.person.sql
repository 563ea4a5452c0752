SELECT
    person_id,
    coalesce(sex_concept(sex), 0) AS gender_concept_id,
    left(born, 4) AS year_of_birth,
    TRY_CAST(substr(born, 6, 2) AS BIGINT) AS month_of_birth,
    TRY_CAST(substr(born, 9, 2) AS BIGINT) AS day_of_birth,
    full_date(born) AS birth_datetime,
    coalesce(race_concept(race), 0) AS race_concept_id,
    coalesce(ethnicity_concept(ethnicity), 0) AS ethnicity_concept_id,
    key AS person_source_value,
    sex AS gender_source_value,
    0 AS gender_source_concept_id,
    race AS race_source_value,
    0 AS race_source_concept_id,
    ethnicity AS ethnicity_source_value,
    0 AS ethnicity_source_concept_id,
    origin.*
FROM event
