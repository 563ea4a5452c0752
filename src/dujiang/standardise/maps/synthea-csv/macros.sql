-- Words of the Synthea CSV maps alone. Its tables name no code system, so a code's own shape tells which it is; a code of no
-- known shape is the source's own.
CREATE OR REPLACE MACRO diagnosis_system(code) AS CASE
    WHEN regexp_matches(trim(code), '^[1-9][0-9]{5,17}$') THEN 'SNOMED'
    WHEN regexp_matches(trim(code), '^[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Zx+*]{1,6})?$') THEN 'ICD10'
    ELSE '' END;
CREATE OR REPLACE MACRO measure_system(code) AS CASE WHEN regexp_matches(trim(code), '^[0-9]{1,7}-[0-9]$') THEN 'LOINC' ELSE '' END;
CREATE OR REPLACE MACRO medicine_system(code) AS CASE
    WHEN regexp_matches(trim(code), '^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$') THEN 'ATC'
    WHEN regexp_matches(trim(code), '^[1-9][0-9]{1,7}$') THEN 'RXNORM'
    ELSE '' END;
CREATE OR REPLACE MACRO vaccine_system(code) AS CASE WHEN regexp_matches(trim(code), '^[0-9]{2,3}$') THEN 'CVX' ELSE '' END;
CREATE OR REPLACE MACRO one_code(system, code, description) AS
    CASE WHEN trim(code) <> '' THEN [{'system': system, 'code': trim(code), 'display': description}] ELSE [] END;
