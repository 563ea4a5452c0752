-- Words of the FHIR maps alone.

-- Code and display of US Core race or ethnicity: a coding in a nested extension (R4) or a concept in the extension (STU3).
CREATE OR REPLACE MACRO descent_coding(e) AS coalesce(
    list_filter(e.extension, lambda x: x.url = 'ombCategory')[1].valueCoding, e.valueCodeableConcept.coding[1]);
CREATE OR REPLACE MACRO descent(extensions, which) AS
    descent_coding(list_filter(extensions, lambda e: ends_with(e.url, 'us-core-' || which))[1]);

-- What kind of number an identifier is: by its system, else by its type (HL7 table 0203; STU3 also wrote SB for SSN).
CREATE OR REPLACE MACRO identifier_kind(i) AS CASE
    WHEN i.system = 'urn:oid:2.16.156.10011.1.3' THEN 'CN-ID'
    WHEN i.system IN ('http://hl7.org/fhir/sid/us-ssn', 'urn:oid:2.16.840.1.113883.4.1') THEN 'US-SSN'
    WHEN i.type.coding[1].code IN ('NI', 'NNCHN') AND number_system(upper(narrow(i.value))) = 'CN-ID' THEN 'CN-ID'
    WHEN i.type.coding[1].code IN ('SS', 'SB') THEN 'US-SSN'
    WHEN i.type.coding[1].code = 'PPN' THEN 'PASSPORT'
    WHEN i.type.coding[1].code = 'MR' THEN 'MR'
    WHEN i.type.coding[1].code = 'NI' THEN 'OTHER'
    ELSE ''
END;
CREATE OR REPLACE MACRO number_of(numbers, which) AS list_filter(numbers, lambda n: n.kind = which)[1].value;

-- A concept's text: the display of its first coding with a code, else what is written beside it.
CREATE OR REPLACE MACRO said(concept) AS coalesce(first_of(concept.coding).display, concept.text);

-- The amount of a category (HL7 adjudication: submitted, eligible, benefit, copay, deductible) in a list of them.
CREATE OR REPLACE MACRO amount_of(amounts, which) AS
    list_filter(amounts, lambda a: list_contains(list_transform(coalesce(a.category.coding, []), lambda c: c.code), which))[1].amount.value;
