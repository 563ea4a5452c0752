"""The settings for persons as `x_identity` knows them: Chinese names by characters and by sound, birth dates of two calendars, numbers first.

Valid numbers and given names stand above the score, because the fields of one household are not independent: twins share everything but the
given name. First guesses of m are our own estimates of how often registries err; of u: 25,000 days of birth, common Chinese names.
"""

from dujiang.identify.comparisons import slip
from dujiang.identify.linkage import Field, Level, Linkage, Rule, When
from dujiang.words import Saying


def _says(en: str, zh: str) -> Saying:
    return Saying(en=en, zh=zh)


# Where one record tells surname and given name apart and the other does not, the whole names are compared as given names.
_UNCUT = "(a.family IS NULL) <> (b.family IS NULL)"
_WHOLE = "a.full_name = b.full_name"
_SWAPPED = "a.family = b.given AND a.given = b.family"
_WHOLE_SOUND = "a.name_sound = b.name_sound OR a.name_sound = b.given_sound || b.family_sound OR b.name_sound = a.given_sound || a.family_sound"


def _part(column: str, record: str, whole: str) -> str:
    return f"(CASE WHEN {_UNCUT} THEN {record}.{whole} ELSE {record}.{column} END)"


_A, _B = _part("given", "a", "full_name"), _part("given", "b", "full_name")
_A_SOUND, _B_SOUND = _part("given_sound", "a", "name_sound"), _part("given_sound", "b", "name_sound")
# In words shorter than four letters one slip makes another name.
_FAMILY_SLIP = f"least(length(a.family_sound), length(b.family_sound)) >= 4 AND {slip('family_sound')}"
_GIVEN_SLIP = f"least(length(a.given_sound), length(b.given_sound)) >= 4 AND {slip('given_sound')}"

NUMBER = Field(
    name="number",
    says=_says("identity number", "证件号码"),
    missing="a.number_text IS NULL OR b.number_text IS NULL OR a.id_system <> b.id_system",
    levels=(
        Level(name="same", when="a.id_number = b.id_number", m=0.93, u=0.000001),
        Level(name="differs", when="a.id_number <> b.id_number", m=0.02, u=0.97),
        # Two that are written alike, or one slip apart, and fail their check: evidence, and never more than that.
        Level(name="written", when="a.number_text = b.number_text", m=0.01, u=0.0000005),
        Level(name="near", when=slip("number_text"), m=0.03, u=0.0000005),
        Level(name="unlike", m=0.01, u=0.029),
    ),
    shows=("id_system", "number_text"),
)
FAMILY = Field(
    name="family",
    says=_says("surname", "姓"),
    missing="a.family IS NULL OR b.family IS NULL",
    levels=(
        Level(name="same", when=f"a.family = b.family OR {_WHOLE} OR {_SWAPPED}", m=0.92, u=0.015),
        Level(name="sound", when=f"a.family_sound = b.family_sound OR {_WHOLE_SOUND}", m=0.03, u=0.010),
        Level(name="blur", when="a.family_blur = b.family_blur", m=0.005, u=0.01),
        Level(name="similar", when=f"starts_with(a.family, b.family) OR starts_with(b.family, a.family) OR {_FAMILY_SLIP}", m=0.025, u=0.015),
        Level(name="differs", m=0.02, u=0.95),
    ),
    terms="family",
    shows=("family",),
)
GIVEN = Field(
    name="given",
    says=_says("given name", "名"),
    missing=f"{_A} IS NULL OR {_B} IS NULL",
    levels=(
        Level(name="same", when=f"{_A} = {_B} OR {_WHOLE} OR {_SWAPPED}", m=0.88, u=0.003),
        Level(name="sound", when=f"{_A_SOUND} = {_B_SOUND} OR {_WHOLE_SOUND}", m=0.05, u=0.004),
        Level(name="blur", when="a.given_blur = b.given_blur", m=0.01, u=0.004),
        Level(name="similar", when=f"starts_with({_A}, {_B}) OR starts_with({_B}, {_A}) OR ({_GIVEN_SLIP})", m=0.03, u=0.010),
        Level(name="differs", m=0.03, u=0.979),
    ),
    terms="given",
    shows=("given", "full_name"),
)
_TWO_OF_THREE = " + ".join(f"(a.born{part} = b.born{part})::INT" for part in ("[1:4]", "[6:7]", "[9:10]")) + " = 2"
_DAY_AND_MONTH = "a.born[1:4] = b.born[1:4] AND a.born[6:7] = b.born[9:10] AND a.born[9:10] = b.born[6:7]"
BIRTH = Field(
    name="birth",
    says=_says("birth date", "出生日期"),
    missing="a.born IS NULL OR b.born IS NULL",
    levels=(
        Level(name="same", when="a.birth_date = b.birth_date", m=0.93, u=0.00004),
        Level(name="told", when="a.born = b.born", m=0.01, u=0.00004),  # by the number of one of them
        Level(name="lunar", when="a.lunar = b.born OR b.lunar = a.born", m=0.005, u=0.00004),
        Level(name="part", when=f"{_DAY_AND_MONTH} OR {_TWO_OF_THREE}", m=0.035, u=0.00456),
        Level(name="differs", m=0.02, u=0.99532),
    ),
    terms="birth_date",
    shows=("born",),
)
SEX = Field(
    name="sex",
    says=_says("sex", "性别"),
    missing="a.sex IS NULL OR b.sex IS NULL",
    levels=(Level(name="same", when="a.sex = b.sex", m=0.985, u=0.5), Level(name="differs", m=0.015, u=0.5)),
    shows=("sex",),
)
PHONE = Field(
    name="phone",
    says=_says("phone", "电话"),
    missing="a.phone IS NULL OR b.phone IS NULL",
    levels=(Level(name="same", when="a.phone = b.phone", m=0.70, u=0.002), Level(name="differs", m=0.30, u=0.998)),
    terms="phone",
    shows=("phone",),
)
ADDRESS = Field(
    name="address",
    says=_says("address", "地址"),
    missing="a.address IS NULL OR b.address IS NULL",
    levels=(
        Level(name="same", when="a.street = b.street AND coalesce(a.area = b.area, true)", m=0.60, u=0.002),
        Level(
            name="similar", when="contains(a.street, b.street) OR contains(b.street, a.street) OR a.doors = b.doors", m=0.12, u=0.005
        ),
        Level(name="area", when="a.area = b.area", m=0.10, u=0.05),
        Level(name="differs", m=0.18, u=0.943),
    ),
    terms="street",
    shows=("address",),
)
CHART = Field(
    name="chart",
    says=_says("record number within the source", "病案号"),
    missing="a.mrn IS NULL OR b.mrn IS NULL OR a.zone <> b.zone",
    levels=(Level(name="same", when="a.mrn = b.mrn", m=0.3, u=0.00001), Level(name="other", m=0.7, u=0.99999)),
    shows=("mrn",),
)
_AGREES = ("same", "sound")
_ALIKE = (*_AGREES, "blur", "similar")
_NAMED = ("same", "sound", "blur", "similar", "differs")

PEOPLE = Linkage(
    fields=(NUMBER, FAMILY, GIVEN, BIRTH, SEX, PHONE, ADDRESS, CHART),
    rules=(
        Rule(name="number", key="r.id_system || '|' || r.id_number", says=_says("identity number", "证件号码")),
        Rule(name="written", key="CASE WHEN r.id_number IS NULL THEN r.number_text END", says=_says("invalid number", "无效证件号码")),
        Rule(name="chart", key="r.zone || '|' || r.mrn", says=_says("record number", "病案号")),
        Rule(name="birth", key="r.born || '|' || left(r.name_sound, 1)", says=_says("birth date and initial", "出生日期与姓氏首字母")),
        Rule(name="birth_given", key="r.born || '|' || r.given_blur", says=_says("birth date and given name", "出生日期与名")),
        Rule(name="phone", key="r.phone || '|' || coalesce(r.sex, '')", says=_says("phone and sex", "电话与性别")),
        Rule(name="name_year", key="r.name_sound || '|' || r.born[1:4]", says=_says("name and year of birth", "姓名与出生年份")),
        Rule(name="name_day", key="r.name_sound || '|' || r.born[6:10]", says=_says("name and birthday", "姓名与生日")),
        Rule(name="name_street", key="r.name_sound || '|' || r.street", says=_says("name and address", "姓名与地址")),
        Rule(name="name_phone", key="r.name_sound || '|' || r.phone", says=_says("name and phone", "姓名与电话")),
    ),
    whens=(
        # The number tells the birth date, so a birth date read from the number confirms nothing.
        When(rule="same_number", levels={"number": ("same",), "given": _ALIKE}, verdict="link"),
        When(rule="same_number", levels={"number": ("same",), "birth": ("same",), "sex": ("same", "")}, verdict="link"),
        When(rule="same_number_other_person", levels={"number": ("same",)}, verdict="review"),
        When(rule="two_numbers", levels={"number": ("differs",), "given": _AGREES}, verdict="doubt"),
        When(rule="two_numbers", levels={"number": ("differs",)}, verdict="apart"),
        When(rule="same_chart", levels={"chart": ("same",), "given": _AGREES, "birth": ("same", "told", "lunar", "part", "")}, verdict="link"),
        When(rule="other_given_name", levels={"given": ("differs",)}, verdict="apart"),
        When(rule="score", levels={"given": _AGREES}, verdict="score"),
        # A missing or only similar given name may be a twin's.
        When(rule="given_name_unsure", levels={}, verdict="weak"),
    ),
    link=0.999,
    review=0.5,
    population=1_000_000,
    cohesive=False,
    trust_m=50,
    trust_u=1000,
)
