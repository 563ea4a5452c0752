"""A small list of county-level regions with their GB/T 2260 codes: where people were registered and where they live."""

from random import Random
from typing import NamedTuple


class Region(NamedTuple):
    """A county-level region: six-digit code, province, city (empty where the region is the city), county, postcode."""

    code: str
    province: str
    city: str
    county: str
    postcode: str


NEAR: tuple[Region, ...] = tuple(
    Region(*row.split(","))
    for row in (
        "510181,四川省,成都市,都江堰市,611830",
        "510104,四川省,成都市,锦江区,610021",
        "510105,四川省,成都市,青羊区,610031",
        "510106,四川省,成都市,金牛区,610036",
        "510107,四川省,成都市,武侯区,610041",
        "510108,四川省,成都市,成华区,610051",
        "510114,四川省,成都市,新都区,610500",
        "510117,四川省,成都市,郫都区,611730",
        "510182,四川省,成都市,彭州市,611930",
        "510184,四川省,成都市,崇州市,611230",
        "511402,四川省,眉山市,东坡区,620010",
        "510722,四川省,绵阳市,三台县,621100",
        "513221,四川省,阿坝藏族羌族自治州,汶川县,623000",
    )
)
FAR: tuple[Region, ...] = tuple(
    Region(*row.split(","))
    for row in (
        "110105,北京市,,朝阳区,100020",
        "120101,天津市,,和平区,300041",
        "130102,河北省,石家庄市,长安区,050011",
        "210102,辽宁省,沈阳市,和平区,110001",
        "230103,黑龙江省,哈尔滨市,南岗区,150006",
        "310115,上海市,,浦东新区,200135",
        "320106,江苏省,南京市,鼓楼区,210009",
        "330106,浙江省,杭州市,西湖区,310013",
        "350203,福建省,厦门市,思明区,361001",
        "370102,山东省,济南市,历下区,250014",
        "410105,河南省,郑州市,金水区,450003",
        "420106,湖北省,武汉市,武昌区,430061",
        "430104,湖南省,长沙市,岳麓区,410013",
        "440106,广东省,广州市,天河区,510630",
        "500103,重庆市,,渝中区,400010",
        "520102,贵州省,贵阳市,南明区,550002",
        "530102,云南省,昆明市,五华区,650032",
        "540102,西藏自治区,拉萨市,城关区,850000",
        "610113,陕西省,西安市,雁塔区,710061",
        "620102,甘肃省,兰州市,城关区,730030",
        "640104,宁夏回族自治区,银川市,兴庆区,750001",
        "650102,新疆维吾尔自治区,乌鲁木齐市,天山区,830002",
    )
)
STREETS = (
    "人民路",
    "建设路",
    "解放路",
    "中山路",
    "幸福大道",
    "灌口街",
    "宝瓶巷",
    "离堆路",
    "青城山路",
    "蒲阳路",
    "观景路",
    "春熙路",
    "玉林街",
    "太平巷",
    "民主路",
)


def draw_home(dice: Random) -> Region:
    """A region near the hospitals; 3 in 100 patients came from far away."""
    return dice.choice(FAR) if dice.random() < 0.03 else dice.choice(NEAR)


def draw_birthplace(dice: Random, home: Region) -> Region:
    """Where the identity number was issued: for most people at home, for some elsewhere."""
    chance = dice.random()
    return home if chance < 0.7 else dice.choice(NEAR) if chance < 0.88 else dice.choice(FAR)


def draw_street(dice: Random) -> str:
    """A street, a building and a flat."""
    return f"{dice.choice(STREETS)}{dice.randint(1, 399)}号{dice.randint(1, 24)}栋{dice.randint(101, 2604)}室"
