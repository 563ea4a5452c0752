"""A grade goes down only by a recorded transform whose measured risk is low enough for the grade it goes down to; otherwise it is refused."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from dujiang.assess.deid.recipe import Recipe
from dujiang.assess.deid.run import TableReport
from dujiang.assess.pack import Pack, pack
from dujiang.errors import Refused, Unknown
from dujiang.words import Grade


@cache
def recipes() -> dict[str, Recipe]:
    """The shipped recipes by id."""
    every = msgspec.yaml.decode(files("dujiang.assess.packs").joinpath("recipes.yaml").read_bytes(), type=list[Recipe])
    return {one.id: one for one in every}


def recipe_for(grade: Grade, policy: Pack | None = None) -> Recipe:
    """The recipe that a grade demands; Unknown (`deid.no_recipe`) when it demands none."""
    name = (policy or pack()).demands[grade].recipe
    if name not in recipes():
        raise Unknown("deid.no_recipe", "Grade {grade} demands no recipe of de-identification.", "{grade} 级没有对应的去标识化方案。", grade=int(grade))
    return recipes()[name]


def refuse_risky(reports: Sequence[TableReport], grade: Grade, policy: Pack | None = None) -> None:
    """Refused (`deid.risk`) unless every table in which people could be found hides them as well as the grade demands; a transform that
    measured nothing hides nobody."""
    most = (policy or pack()).demands[grade].most_risk
    measured = [report for report in reports if report.quasi]
    worst = max((report.after.prosecutor for report in measured), default=1.0)
    if worst > most + 1e-6:
        raise Refused(
            "deid.risk",
            "After the transform somebody could still be told among fewer than {least} people. Grade {grade} asks for more. Generalise further, or take a higher grade.",
            "处理后仍可在不足 {least} 人中辨认个人，未达到 {grade} 级要求。请进一步泛化，或采用更高级别。",
            least=round(1 / most) if most else 0, grade=int(grade),
        )
