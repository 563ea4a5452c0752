"""Chinese names: surnames by frequency, compound ones, minority names with a middle dot, and their typos."""

from random import Random
from typing import NamedTuple


class Name(NamedTuple):
    """Surname and given name; minority names have no surname, and foreigners write theirs in Latin letters."""

    family: str
    given: str

    @property
    def text(self) -> str:
        """The name as a registry prints it."""
        return f"{self.family} {self.given}" if self.given.isascii() else self.family + self.given


# Shares are roughly those of the 2020 census, in tenths of a per cent.
SHARES = (
    (72, "王"), (70, "李"), (67, "张"), (53, "刘"), (45, "陈"), (31, "杨"), (22, "黄"), (21, "赵"), (20, "吴"),
    (19, "周"), (15, "徐孙"), (13, "马"), (12, "朱胡"), (11, "郭何林"), (10, "高罗"), (9, "郑"),
    (8, "梁谢"), (7, "宋唐"),
    (6, "许韩邓冯曹彭曾肖"), (5, "田董潘袁蔡蒋余于"), (4, "杜叶程魏苏吕丁任卢姚沈钟姜崔谭"),
    (3, "陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎"), (2, "史陶贺毛段郝顾"),
)  # fmt: skip
SURNAMES = {surname: share for share, group in SHARES for surname in group}
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "东方", "令狐", "慕容", "宇文")
# Given-name characters by generation (born before 1965, before 1990, later) and sex.
GIVEN = {
    ("male", 0): "国建华德明福贵荣生祥文志庆安平光忠义清林",
    ("male", 1): "伟强军勇磊涛斌超辉鹏杰峰刚波健亮宏海飞俊",
    ("male", 2): "浩宇轩子豪泽睿博辰梓逸晨奕铭昊俊哲瑞嘉航",
    ("female", 0): "秀英兰芳桂珍玉凤琴素淑华芬菊香莲清群惠贞",
    ("female", 1): "丽娟敏静艳霞燕玲娜红梅婷洁雪琳慧莉萍蓉颖",
    ("female", 2): "欣怡梓涵雨诗琪佳萱妍思语桐悦婉若彤馨雅可",
}
UYGHUR = {
    "male": ("买买提", "艾合买提", "阿卜杜拉", "吐尔逊", "玉素甫", "伊力哈木", "库尔班", "艾尔肯"),
    "female": ("阿依古丽", "热依汗", "古丽娜尔", "帕提古丽", "米热古丽", "阿曼古丽", "迪丽拜尔", "祖丽菲娅"),
}
TIBETAN = {
    "male": ("扎西", "多吉", "次仁", "丹增", "格桑", "洛桑"),
    "female": ("卓玛", "央金", "拉姆", "德吉", "白玛", "曲珍"),
}
FOREIGN = ("SMITH", "MULLER", "TANAKA", "IVANOV", "GARCIA", "KIM", "NGUYEN", "ROSSI")
FOREIGN_GIVEN = {
    "male": ("JOHN", "PAUL", "KENJI", "IVAN", "DAVID"),
    "female": ("ANNA", "MARIA", "YUKO", "ELENA", "SARA"),
}
ALIKE = (
    "伟玮炜",
    "丽莉俐",
    "芳方",
    "军君俊",
    "敏闽",
    "静婧靖",
    "张章",
    "华桦",
    "英瑛",
    "娟涓",
    "明铭",
    "红虹",
    "艳燕",
    "梓子",
    "轩萱",
    "志智",
)


def generation(year: int) -> int:
    """0, 1 or 2: which fashion of given names a birth year belongs to."""
    return 0 if year < 1965 else 1 if year < 1990 else 2


def draw_name(dice: Random, sex: str, year: int, *, family: str = "") -> Name:
    """A name for somebody born that year; `family` hands a parent's surname on."""
    chance = dice.random()
    if not family and chance < 0.02:
        return draw_minority_name(dice, sex)
    if not family:
        family = dice.choice(COMPOUND) if chance < 0.03 else dice.choices(tuple(SURNAMES), tuple(SURNAMES.values()))[0]
    characters = GIVEN[sex, generation(year)]
    length = 1 if dice.random() < (0.08, 0.35, 0.12)[generation(year)] else 2
    return Name(family, "".join(dice.sample(characters, length)))


def draw_minority_name(dice: Random, sex: str) -> Name:
    """A Uyghur name (own name · father's name) or a Tibetan pair."""
    if dice.random() < 0.4:
        return Name("", f"{dice.choice(UYGHUR[sex])}·{dice.choice(UYGHUR['male'])}")
    return Name("", "".join(dice.sample(TIBETAN[sex], 2)))


def draw_foreign_name(dice: Random, sex: str) -> Name:
    """A name in Latin capitals, as on a passport."""
    return Name(dice.choice(FOREIGN), dice.choice(FOREIGN_GIVEN[sex]))


def mistype(dice: Random, name: Name) -> Name:
    """The name as a tired clerk hears it: a like-sounding character, a lost dot, or a lost last character."""
    for group in dice.sample(ALIKE, len(ALIKE)):
        for position, character in enumerate(name.given):
            if character in group:
                other = dice.choice(group.replace(character, ""))
                return Name(name.family, name.given[:position] + other + name.given[position + 1 :])
    if "·" in name.given:
        return Name(name.family, name.given.replace("·", ""))
    return Name(name.family, name.given[:-1] if len(name.given) > 1 else name.given * 2)
