"""Chinese clinical notes with the places of what tells who somebody is: invented, from sentences that were written before the rules were tried on them."""

from random import Random
from typing import NamedTuple

from dujiang.identify.numbers import check_character
from dujiang_synth.names import COMPOUND, GIVEN, SURNAMES, TIBETAN, UYGHUR


class Note(NamedTuple):
    """A text and its truth: start, end, kind."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


SENTENCES = (
    "患者{name}，{sex}，{age}岁，因“反复咳嗽、咳痰三天”于{date}入院。",
    "姓名：{name}  性别：{sex}  年龄：{age}岁  住院号：{mrn}",
    "现病史由患者家属{name}代诉，联系电话{phone}。",
    "患者家住{address}，退休工人，无疫区旅居史。",
    "身份证号{id}，医保已登记。",
    "{date}复查胸部CT：双肺纹理增多，未见明显实变影。",
    "{name}主任医师查房后指示：继续抗感染治疗，注意血压变化。",
    "经{name}医师会诊，考虑冠状动脉粥样硬化性心脏病。",
    "联系人：{name}（其子），手机{phone}。",
    "检查报告请发送至{email}。",
    "病历号{mrn}，{date}门诊随诊。",
    "与患者之女{name}沟通病情，其表示理解并签字。",
    "{name}，{sex}，{age}岁，农民，来自{address}。",
    "术者：{name}；助手：{name}；麻醉：{name}。",
    "患者签名：{name}    日期：{date}",
    "已电话通知{name}（电话{phone}）明日来院取报告。",
)
PLAIN = (
    "查体：体温36.8℃，脉搏78次/分，血压130/80mmHg，双肺呼吸音清。",
    "予阿司匹林肠溶片100mg口服，每日一次；阿托伐他汀钙片20mg每晚一次。",
    "白细胞计数7.8×10^9/L，血红蛋白132g/L，空腹血糖6.1mmol/L。",
    "既往高血压病史十余年，否认糖尿病、冠心病病史。",
    "嘱低盐低脂饮食，适当运动，一周后门诊复查。",
    "心电图示窦性心律，未见明显ST-T改变。",
    "左室射血分数58%，室壁运动未见异常。",
    "初步诊断：社区获得性肺炎；高血压病2级（很高危）。",
)
AREAS = ("浙江省杭州市西湖区", "北京市海淀区", "四川省成都市武侯区", "广东省广州市越秀区", "新疆喀什地区莎车县", "河南省周口市太康县", "上海市浦东新区")
STREETS = ("文三路{n}号", "中关村大街{n}号院{m}号楼{m}单元", "人民南路{n}号{m}栋", "王集乡李庄村{m}组", "幸福小区{m}号楼{n}室")


def person(dice: Random) -> str:
    roll = dice.random()
    if roll < 0.06:
        people = dice.choice((UYGHUR, TIBETAN))["male"]
        return f"{dice.choice(people)}·{dice.choice(people)}"
    family = dice.choice(COMPOUND) if roll < 0.12 else dice.choices(list(SURNAMES), list(SURNAMES.values()))[0]
    given = GIVEN[dice.choice(("male", "female")), dice.randrange(3)]
    return family + "".join(dice.choice(given) for _ in range(dice.choice((1, 2, 2))))


def value(kind: str, dice: Random) -> str:
    day = (dice.randint(1950, 2024), dice.randint(1, 12), dice.randint(1, 28))
    if kind == "id":
        body = f"{dice.choice(('330106', '110108', '510107'))}{day[0]}{day[1]:02d}{day[2]:02d}{dice.randrange(1000):03d}"
        return body + check_character(body)
    street = dice.choice(STREETS).format(n=dice.randint(1, 600), m=dice.randint(1, 20))
    return {
        "name": lambda: person(dice), "sex": lambda: dice.choice("男女"), "age": lambda: str(dice.randint(1, 88)), "phone": lambda: f"1{dice.choice('35789')}{dice.randrange(10**9):09d}",
        "mrn": lambda: dice.choice((f"ZY{dice.randrange(10**7):07d}", f"{dice.randrange(10**6):06d}")), "address": lambda: dice.choice(AREAS) + street,
        "email": lambda: f"user{dice.randrange(999)}@example.cn",
        "date": lambda: dice.choice((f"{day[0]}年{day[1]}月{day[2]}日", f"{day[0]}-{day[1]:02d}-{day[2]:02d}", f"{day[0]}.{day[1]}.{day[2]}", f"{day[1]}月{day[2]}日")),
    }[kind]()


def note(dice: Random) -> Note:
    """Some sentences that tell who somebody is among others that do not."""
    text, spans = "", []
    for sentence in dice.sample(SENTENCES, 3) + dice.sample(PLAIN, 3):
        for piece in sentence.replace("}", "{").split("{"):
            known = piece in ("name", "sex", "age", "phone", "mrn", "address", "email", "date", "id")
            said = value(piece, dice) if known else piece
            if known and piece not in ("sex", "age"):
                spans.append((len(text), len(text) + len(said), piece))
            text += said
        text += "\n"
    return Note(text, tuple(spans))


def notes(count: int, seed: int = 1) -> list[Note]:
    dice = Random(seed)
    return [note(dice) for _ in range(count)]
