"""What gives content away, as SQL over one text value `v`: marks that a whole value bears, and marks that lie hidden in a longer one.

Check characters are computed, not guessed: GB 11643-1999 (ISO 7064 MOD 11-2) for resident numbers, Luhn (ISO/IEC 7812-1) for bank cards and IMEIs.
"""

from collections.abc import Mapping
from functools import cache

from dujiang.assess.lexicon import lexicon

LONG = 24  # characters from which a value may be text with something else in it
_TIDY = "upper(regexp_replace(v, '[\\s-]', '', 'g'))"
_DAY = "(19|20)\\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])"
_RESIDENT = f"[1-9]\\d{{5}}{_DAY}\\d{{3}}[0-9X]"
_WEIGHTS = "[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]"
_EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}"
_MOBILE = "(\\+?86)?1[3-9]\\d{9}"
# Digits that do not go on: RE2 looks neither back nor ahead.
_BEFORE, _AFTER = "(?:^|[^0-9A-Za-z])", "(?:$|[^0-9A-Za-z])"


def is_resident(x: str) -> str:
    """SQL: whether a tidy text is a resident number with the right check character."""
    total = f"list_sum(list_transform({_WEIGHTS}, lambda w, i: w * CAST({x}[i] AS INTEGER)))"
    return f"CASE WHEN regexp_full_match({x}, '{_RESIDENT}') THEN '10X98765432'[1 + CAST({total} % 11 AS INTEGER)] = {x}[18] ELSE false END"


def is_luhn(x: str) -> str:
    """SQL: whether a text of digits passes Luhn's check."""
    double = f"CAST({x}[length({x}) - i] AS INTEGER)"
    each = f"CASE WHEN i % 2 = 0 THEN {double} WHEN {double} > 4 THEN 2 * {double} - 9 ELSE 2 * {double} END"
    return f"CASE WHEN regexp_full_match({x}, '\\d{{12,19}}') THEN list_sum(list_transform(range(length({x})), lambda i: {each})) % 10 = 0 ELSE false END"


def _inside(pattern: str, test: str) -> str:
    """SQL: whether a text holds something of this pattern that stands by itself and passes a test over `y`."""
    found = f"regexp_extract_all(v, '{_BEFORE}({pattern}){_AFTER}', 1)"
    return f"(length(v) >= {LONG} AND len(list_filter({found}, lambda y: {test})) > 0)"


@cache
def marks() -> Mapping[str, str]:
    """Mark -> SQL that is true or false, never null, for a value `v` that is there."""
    known = lexicon()
    surname = f"({'|'.join(known.compound)}|[{known.surnames}])"
    area, parts = "|".join(known.areas), "(" + "|".join(known.areas) + ")"
    places = f"len(regexp_extract_all(v, '{parts}'))"
    # The characters under the radical of illness lie together.
    given = f"regexp_replace(v, '^{surname}', '')"
    name = (f"regexp_full_match(v, '{surname}[\\x{{4e00}}-\\x{{9fff}}]{{1,2}}') "
            f"AND NOT regexp_matches({given}, '[{known.clinical}\\x{{7592}}-\\x{{7672}}]')")
    minority = "regexp_full_match(v, '[\\x{4e00}-\\x{9fff}]{2,8}[·•・][\\x{4e00}-\\x{9fff}]{2,8}')"
    latin = "|".join(sorted(known.given))
    spoken = f"(患者|病人|姓名|家属|本人|联系人|其子|其女|其妻|其夫|陪同人|医师|医生|护士|签名)(姓名)?[:：是为叫]? *{surname}[\\x{{4e00}}-\\x{{9fff}}]{{1,2}}([，。；、,;.\\s（(]|$)"
    return {
        "id_number": is_resident(_TIDY),
        "old_id_number": f"regexp_full_match({_TIDY}, '[1-8]\\d{{5}}\\d{{2}}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])\\d{{3}}')",
        "name": f"({name}) OR {minority} OR regexp_full_match(lower(v), '({latin})[ ,].{{2,30}}|.{{2,20}}, ?({latin})( .*)?')",
        "phone": f"regexp_full_match({_TIDY}, '{_MOBILE}|\\(?0\\d{{2,3}}\\)?[1-9]\\d{{6,7}}')",
        "email": f"regexp_full_match(v, '{_EMAIL}')",
        "address": f"(length(v) BETWEEN 6 AND 80 AND NOT regexp_matches(v, '[，。；：]') AND ({places} >= 3 OR ({places} >= 2 AND regexp_matches(v, '\\d+ *({area})')))) "
                   "OR regexp_full_match(lower(v), '\\d{1,5} [a-z].*\\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|way|boulevard|blvd)\\b.*')",
        "bank_card": f"regexp_full_match({_TIDY}, '[3-6]\\d{{12,18}}') AND {is_luhn(_TIDY)}",
        "passport": f"regexp_full_match({_TIDY}, '(E[A-Z]?|G|D|S|P|H|M)\\d{{7,8}}|[A-Z]{{2}}\\d{{7}}')",
        "plate": f"regexp_full_match({_TIDY}, '[{known.plates}][A-HJ-NP-Z][·]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]')",
        "device": f"regexp_full_match(upper(v), '([0-9A-F]{{2}}[:-]){{5}}[0-9A-F]{{2}}|\\(01\\)\\d{{14}}.*') OR (regexp_full_match(v, '(01|35|86|99)\\d{{13}}') AND {is_luhn('v')})",
        "address_ip": "regexp_full_match(v, '(\\d{1,3}\\.){3}\\d{1,3}')",
        "date": f"regexp_full_match(v, '(18|19|20)\\d{{2}}[-/.年]\\d{{1,2}}[-/.月]\\d{{1,2}}日?([T ].*)?|{_DAY}')",
        "icd10": "regexp_full_match(upper(v), '[A-TV-Z]\\d[0-9A-Z](\\.[0-9A-Z]{1,6})?')",
        "text": f"length(v) >= {LONG} AND (regexp_matches(v, '[，。；、,;.:：]') OR length(v) - length(replace(v, ' ', '')) >= 4)",
        "hidden_id_number": _inside("[1-9]\\d{16}[0-9Xx]", is_resident("upper(y)")),
        "hidden_phone": _inside(_MOBILE, "true"),
        "hidden_email": f"length(v) >= {LONG} AND regexp_matches(v, '{_EMAIL}')",
        "hidden_bank_card": _inside("62\\d{14,17}", is_luhn("y")),
        "hidden_address": f"length(v) >= {LONG} AND regexp_matches(v, '({area})[^，。；,;]{{1,12}}({area})[^，。；,;]{{0,12}}\\d+ *(号|室|栋|幢|单元)')",
        "hidden_name": f"length(v) >= {LONG} AND (regexp_matches(v, '{spoken}') OR regexp_matches(v, '\\b(Mr|Mrs|Ms|Dr|Miss)\\.? [A-Z][a-z]+'))",
    }
