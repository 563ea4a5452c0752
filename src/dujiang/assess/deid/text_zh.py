"""Names, addresses, hospital numbers and dates in Chinese text; a name is known by its surname and by what stands before or after it."""

import re
from collections.abc import Iterator
from functools import cache

from dujiang.assess.deid.text_marks import Found
from dujiang.assess.lexicon import lexicon

_HAN = r"[\u4e00-\u9fff]"
# What follows a name without a stop: such a character ends it.
_GOES_ON = "于因在以为的来诉现住就自由已今代到及和与称说表"
_MINORITY = re.compile(rf"{_HAN}{{2,8}}[·•・‧](?:(?![{_GOES_ON}]){_HAN}){{2,10}}")
# Who is spoken of; a name follows.
_CUES = (
    "患者|病人|病员|产妇|患儿|姓名|家属|本人|联系人|陪同人|陪护人|监护人|代理人|委托人|签名|签字|签署人|送检人|报告人|审核人|记录人|经治|主诊|主管|上级|会诊|手术者|术者|助手|麻醉|"
    "医师|医生|护士长|护士|主任|教授|技师|药师|之子|之女|之妻|之夫|之父|之母|其子|其女|其妻|其夫|其父|其母|其兄|其弟|其姐|其妹|儿子|女儿|丈夫|妻子|爱人|配偶|父亲|母亲|哥哥|弟弟|姐姐|妹妹|孙子|孙女|女婿|儿媳|"
    "老伴|邻居|同事|朋友|由|经|请|与|和|及|向|对"
)
_STRONG = "姓名|签名|签字|签署人|联系人|送检人|报告人|审核人|记录人|术者|手术者"
_AFTER = "先生|女士|小姐|同志|老人|大爷|大妈|阿姨|医师|医生|主任|教授|护士长|护士|院长|技师|药师|大夫"
# What may follow a name that a cue announces: it ends there, or something else begins.
_ENDS = (
    r"(?=$|[\s，,。；;、：:（(）)\]】/“”\"]|于|因|在|以|为|的|来|诉|现|住|就|自|曾|由|已|今|男|女|系|及|和|与|称|说|表示|到|"
    r"查房|会诊|陪同|签|代|电话|主任|医师|医生|副|反映|沟通|联系|商议|告知|入院|出院|术)"
)
_NUMBER_CUES = (
    "住院号|住院病案号|病案号|病历号|门诊号|急诊号|就诊号|就诊卡号?|床号|登记号|检查号|影像号|标本号|条码号?|条形码|医保卡?号|医保编号|社保卡?号|参保号|参合号|诊疗卡号?|健康卡号?|患者ID|患者编号|ID号|"
    "证件号码?|身份证号?码?|护照号码?|通行证号码?|银行卡号?|卡号|账号|工号|流水号|报告编号|病理号|超声号|CT号|MRI号|X线号|微信号?|QQ号?|车牌号?"
)


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    known = lexicon()
    surname = f"(?:{'|'.join(known.compound)}|[{known.surnames}])"
    given = rf"(?:(?![{known.clinical}]){_HAN}){{1,2}}?"
    loose = rf"{_HAN}{{1,2}}?"
    return (
        re.compile(rf"(?:{_STRONG})(?:为|是)?[:：\s]*({surname}{loose}){_ENDS}"),
        re.compile(rf"(?:{_CUES})(?:姓名|为|是|系|叫|名叫)?[:：\s]*({surname}{given}){_ENDS}"),
        re.compile(rf"(?:^|(?<=[\s，,。；;、：:（(由经请与和及向对]))({surname}{given})(?=副?(?:{_AFTER}))"),
        re.compile(rf"(?:^|(?<=[\s，,。；;：:（(]))({surname}{given})(?=[,，、\s]*(?:男|女)(?:性)?[,，、。\s\d])"),
        re.compile(rf"({surname}{given})(?=\s*[（(](?:电话|手机|联系|身份证|{_AFTER}|父|母|子|女|夫|妻))"),
    )


@cache
def _address() -> tuple[re.Pattern[str], ...]:
    provinces = "|".join(lexicon().provinces)
    part = r"(?:[\u4e00-\u9fff]{1,9}?(?:省|自治区|特别行政区|市|自治州|地区|盟|区|县|旗|镇|乡|街道|路|街|巷|弄|胡同|大道|村|组|社区|小区|花园|苑|公寓|里))"
    door = r"(?:\s*[甲乙丙]?[0-9０-９一二三四五六七八九十百]+\s*-?\s*[0-9A-Za-z]*\s*(?:号楼|号院|号|栋|幢|座|单元|层|楼|室|组|弄|队|户))"
    return (
        re.compile(rf"(?:{provinces}){part}*{door}*[\u4e00-\u9fff]{{0,8}}?{door}*(?<=[市区县旗镇乡道路街巷弄同村组里苑寓园号栋幢座元层楼室队户])"),
        re.compile(rf"(?:(?<=住)|(?<=住址)|(?<=地址)|(?<=住在)|(?<=籍贯)|(?<=户籍地)|(?<=来自))[:：为是\s]*{part}{{1,8}}{door}*"),
        re.compile(rf"{part}{{1,6}}{door}+(?:[\u4e00-\u9fff]{{1,8}}?{door}+)*"),
    )


_LEAD = re.compile(r"^(?:[:：为是\s]+|(?:患者|病人|家属|现|家|居|常|长期|目前|户籍|地|址|住|于|在|至|回|到|往|返|送|来自|系|[，。；、])+)")
_DATES = (
    re.compile(r"[二一][〇零○一二三四五六七八九]{3}年(?:[一二三四五六七八九十]{1,2}月)?(?:[一二三四五六七八九十]{1,3}[日号])?"),
    re.compile(r"(?<!\d)(?:18|19|20)\d{2}\s?年\s?\d{1,2}\s?月(?:份|\s?\d{1,2}\s?[日号])?"),
    re.compile(r"(?<![\d年])\d{1,2}\s?月\s?\d{1,2}\s?[日号]"),
    re.compile(r"农历(?:[正一二三四五六七八九十冬腊]{1,2}月)(?:初|廿|十)?[一二三四五六七八九十]{1,2}"),
)


@cache
def _numbers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A number behind a word that announces one, and a car's plate."""
    plates = lexicon().plates
    return (
        re.compile(rf"(?:{_NUMBER_CUES})(?:码|号码)?(?:为|是)?[:：#＃\s]*([A-Za-z0-9{plates}][A-Za-z0-9_\-]{{1,24}})", re.I),
        re.compile(rf"([{plates}][A-HJ-NP-Z]\s?[·•]?\s?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳])"),
    )


def chinese(text: str) -> Iterator[Found]:
    """What is found by Chinese words; nothing where there are none."""
    if not re.search(_HAN, text):
        return
    for match in _MINORITY.finditer(text):
        start = match.start() + len(re.match(rf"(?:{_CUES}|姓名)*", match[0])[0])  # type: ignore[index]
        if "·" not in text[match.start() : start]:
            yield Found(start, match.end(), "name", True)
    for pattern in _names():
        for match in pattern.finditer(text):
            yield Found(match.start(1), match.end(1), "name", True)
    for pattern in _address():
        for match in pattern.finditer(text):
            lead = _LEAD.match(match[0])
            start = match.start() + (lead.end() if lead else 0)
            if match.end() - start >= 3:
                yield Found(start, match.end(), "address")
    for pattern in _DATES:
        for match in pattern.finditer(text):
            yield Found(match.start(), match.end(), "date")
    for pattern in _numbers():
        for match in pattern.finditer(text):
            yield Found(match.start(1), match.end(1), "number")
