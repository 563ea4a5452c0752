-- Words of the table maps alone.

-- A moment as people type it, as ISO text: 2020-3-5, 2020/3/5 8:30, 2020.03.05, 2020年3月5日 8时5分, 20200305, 20200305083000.
CREATE OR REPLACE MACRO moment_parts(t) AS regexp_extract(narrow(t),
    '^(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})?秒?)?(?:[.,]\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?)?)?月?$',
    ['y', 'm', 'd', 'h', 'i', 's']);
CREATE OR REPLACE MACRO moment_text(p) AS p.y || '-' || lpad(p.m, 2, '0') || CASE WHEN p.d <> '' THEN '-' || lpad(p.d, 2, '0') ELSE '' END
    || CASE WHEN p.h <> '' THEN 'T' || lpad(p.h, 2, '0') || ':' || lpad(p.i, 2, '0') || ':' || lpad(p.s, 2, '0') ELSE '' END;
CREATE OR REPLACE MACRO digits_moment(t) AS CASE
    WHEN regexp_full_match(t, '[12]\d{3}') THEN t
    WHEN regexp_full_match(t, '[12]\d{5}') THEN left(t, 4) || '-' || t[5:6]
    WHEN regexp_full_match(t, '[12]\d{7}') THEN left(t, 4) || '-' || t[5:6] || '-' || t[7:8]
    WHEN regexp_full_match(t, '[12]\d{13}') THEN left(t, 4) || '-' || t[5:6] || '-' || t[7:8] || 'T' || t[9:10] || ':' || t[11:12] || ':' || t[13:14]
END;
-- Most are ISO text already and stay as they are.
CREATE OR REPLACE MACRO written_moment(t) AS CASE
    WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?([.,]\d+)?)?') THEN t
    WHEN regexp_full_match(narrow(t), '\d+') THEN digits_moment(narrow(t))
    WHEN moment_parts(t).y <> '' THEN moment_text(moment_parts(t))
END;
-- Day before month or month before day, as the map says: 5/3/2020, 03.05.2020.
CREATE OR REPLACE MACRO turned_parts(t) AS regexp_extract(narrow(t), '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?$', ['a', 'b', 'y', 'h', 'i', 's']);
CREATE OR REPLACE MACRO turned_moment(t, day_first) AS CASE WHEN turned_parts(t).y <> '' THEN moment_text({
    'y': turned_parts(t).y, 'm': CASE WHEN day_first THEN turned_parts(t).b ELSE turned_parts(t).a END,
    'd': CASE WHEN day_first THEN turned_parts(t).a ELSE turned_parts(t).b END, 'h': turned_parts(t).h, 'i': turned_parts(t).i, 's': turned_parts(t).s
}) END;

-- A number as laboratories write it: < or ≥ before it, an arrow or a letter behind it, thousands marked.
CREATE OR REPLACE MACRO number_sign(t) AS CASE left(narrow(t), 2)
    WHEN '<=' THEN '<=' WHEN '>=' THEN '>=' ELSE CASE left(narrow(t), 1)
    WHEN '≤' THEN '<=' WHEN '≥' THEN '>=' WHEN '<' THEN '<' WHEN '>' THEN '>' WHEN '＜' THEN '<' WHEN '＞' THEN '>' END END;
CREATE OR REPLACE MACRO bare_number(t) AS regexp_replace(regexp_replace(narrow(t), '^[<>≤≥＜＞]=?\s*', ''), '\s*(↑|↓|H|L|\*)+$', '');
CREATE OR REPLACE MACRO number_text(t) AS CASE
    WHEN regexp_full_match(bare_number(t), '[-+]?\d{1,3}(,\d{3})+(\.\d*)?') THEN replace(bare_number(t), ',', '')
    WHEN regexp_full_match(bare_number(t), '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?') THEN bare_number(t)
END;

-- A code with what it is called; nothing for an empty one.
CREATE OR REPLACE MACRO one_code(system, code, said) AS
    CASE WHEN narrow(code) IS NOT NULL THEN [{'system': system, 'code': narrow(code), 'display': said}] ELSE [] END;
CREATE OR REPLACE MACRO known_code(t) AS CASE
    WHEN regexp_full_match(narrow(t), '[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Zx+*]{1,6})?') THEN 'ICD10'
    WHEN regexp_full_match(narrow(t), '[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}') THEN 'ATC'
    WHEN regexp_full_match(narrow(t), '[0-9]{1,7}-[0-9]') THEN 'LOINC'
    ELSE ''
END;

-- A row's key, of a part when its record gives several.
CREATE OR REPLACE MACRO row_id(origin, key, part) AS
    CASE WHEN part IS NULL THEN stable_id(origin.x_source_kind, key) ELSE stable_id(origin.x_source_kind, key, part) END;
-- A line of fixed width, every character outside ASCII two places wide, as GB18030 writes nearly all of them.
CREATE OR REPLACE MACRO widened(t) AS regexp_replace(t, '([^\x00-\x7f])', '\1' || chr(1), 'g');
CREATE OR REPLACE MACRO places(t, a, b) AS nullif(trim(replace(substr(t, a, b - a + 1), chr(1), '')), '');
