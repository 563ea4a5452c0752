"""The demo's account in plain words, in either language: what was asked, who allowed it, what came out, what was kept back."""

from typing import Any

from rich.console import Console
from rich.table import Table

from dujiang.doors.demo.cast import HOSPITALS, TITLE
from dujiang.words import PURPOSES, Saying

ROLES = {
    "steward": Saying(en="steward", zh="数据管理员"), "privacy_officer": Saying(en="privacy officer", zh="隐私官"),
    "ethics_committee": Saying(en="ethics committee", zh="伦理委员会"),
}
PARTIES = {h.id: h.name for h in HOSPITALS} | {
    "hub": Saying(en="alliance office", zh="联盟办公室"), "university": Saying(en="the university", zh="申请方大学"),
    "platform": Saying(en="platform", zh="平台"), "regulator": Saying(en="regulator", zh="监管机构"),
}
ACCOUNTS = {
    "applicant": Saying(en="{who} (pays)", zh="{who}（付费）"), "holder": Saying(en="{who}", zh="{who}"),
    "persons": Saying(en="the persons at {who}", zh="{who}的患者"), "platform": Saying(en="platform", zh="平台"),
}
SEX = {"female": Saying(en="women", zh="女"), "male": Saying(en="men", zh="男")}


def tell(console: Console, done: dict[str, Any], lang: str) -> None:
    """Print the account."""

    def say(en: str, zh: str) -> None:
        console.print(zh if lang == "zh" else en, highlight=False)

    console.rule("都江：一次有据可查的回答" if lang == "zh" else "Dujiang: one answer and its proof")
    say(*asked(done))
    say(*allowed(done))
    for en, zh in signed_for(done):
        say(en, zh)
    console.print(table(done["answer"], lang))
    for en, zh in (*kept_back(done), consent(done), earned(done), after(done), proof(done)):
        say(en, zh)


def name(party: str, lang: str) -> str:
    return PARTIES[party].in_(lang) if party in PARTIES else party


def asked(done: dict[str, Any]) -> tuple[str, str]:
    purpose = PURPOSES[done["request"]["purpose"]]
    persons = sum(n["persons"] for n in done["nodes"])
    return (
        f"Asked: {TITLE.en}. Purpose: {purpose.en}. Three hospitals hold {persons} persons; no record left any of them.",
        f"问题：{TITLE.zh}。用途：{purpose.zh}。三家医院共有 {persons} 人的数据，任何记录均未离开医院。",
    )


def allowed(done: dict[str, Any]) -> tuple[str, str]:
    votes = done["request"]["reviews"]
    en = "; ".join(f"{ROLES[v['role']].en} ({name(v['party'], 'en')}) at {v['when'][11:19]}" for v in votes)
    zh = "；".join(f"{name(v['party'], 'zh')}{ROLES[v['role']].zh}（{v['when'][11:19]}）" for v in votes)
    return (
        f"Allowed by: {en}; and each hospital signed its own permit. Two checkers looked at the output before it left.",
        f"批准人：{zh}；各医院分别签署了许可。结果发布前由两名核查人独立核查。",
    )


def signed_for(done: dict[str, Any]) -> list[tuple[str, str]]:
    """The broken conventions that a hospital's steward answered for, so that its data could be published."""
    return [
        (f"{name(n['id'], 'en')} published with broken conventions that its steward signed for: {', '.join(n['signed_for'])}.",
         f"{name(n['id'], 'zh')}的数据有未达标规范，由其数据管理员签字后发布：{'、'.join(n['signed_for'])}。")
        for n in done["nodes"] if n["signed_for"]
    ]


def table(rows: list[dict[str, Any]], lang: str) -> Table:
    """The released rows; a dash where something is withheld."""
    heads = ("性别", "年龄", "人数", "读数", "均值", "标准差") if lang == "zh" else ("sex", "age", "persons", "readings", "mean", "sd")
    made = Table(*heads)
    for row in rows:
        figures = (f"{row[k]:.2f}" if row[k] is not None else "—" for k in ("mean", "sd"))
        counts = (str(row[k]) if row[k] is not None else "—" for k in ("persons", "readings"))
        made.add_row(SEX[row["sex"]].in_(lang), row["age_band"], *counts, *figures)
    return made


def kept_back(done: dict[str, Any]) -> list[tuple[str, str]]:
    """Each withheld cell with its reason, and the nearest variant that would withhold less."""
    if not done["withheld"]:
        return [("Nothing was withheld.", "没有单元格被保留。")]
    told = [(f"Withheld: {cell(w, 'en')}: {w['en']}", f"保留：{cell(w, 'zh')}：{w['zh']}") for w in done["withheld"]]
    return told + ([(done["hint"]["en"], done["hint"]["zh"])] if done["hint"] else [])


def cell(withheld: dict[str, Any], lang: str) -> str:
    where = withheld["cell"]
    return f"{SEX[where['sex']].in_(lang)} {where['age_band']}" if "sex" in where else str(where)


def consent(done: dict[str, Any]) -> tuple[str, str]:
    n, at = done["excluded_by_consent"], done["release"]["consents_read_at"]
    return (
        f"By their own wish {n} people of the cohort were left out; consents were read at log size {at}.",
        f"依本人意愿排除队列中 {n} 人；同意书按日志规模 {at} 时的状态读取。",
    )


def earned(done: dict[str, Any]) -> tuple[str, str]:
    lines = [(p["account"], p["fen"]) for p in done["settlement"]["postings"]]
    return (
        "Settled: " + "; ".join(f"{account(a, 'en')} {yuan(f)}" for a, f in lines) + " CNY; the postings sum to zero.",
        "结算：" + "；".join(f"{account(a, 'zh')} {yuan(f)}" for a, f in lines) + " 元；各分录合计为零。",
    )


def account(id: str, lang: str) -> str:
    kind, _, who = id.partition(":")
    return ACCOUNTS[kind].in_(lang).format(who=name(who, lang)) if kind in ACCOUNTS else id


def yuan(fen: int) -> str:
    """Integer fen as yuan, exactly."""
    return f"{'-' if fen < 0 else '+'}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def after(done: dict[str, Any]) -> tuple[str, str]:
    now, before = done["next"]["excluded_by_consent"], done["excluded_by_consent"]
    return (
        f"Then one person said no: the next answer left out {now} instead of {before}, and their receipt of non-use verifies.",
        f"随后一人表示拒绝：下一次回答排除 {now} 人（此前 {before} 人），其“未使用”凭证验证通过。",
    )


def proof(done: dict[str, Any]) -> tuple[str, str]:
    entry, receipts = done["release"]["entry"], [r["path"] for r in done["receipts"]]
    return (
        f"Proof: entry {entry} of the alliance's log. Check it yourself, offline:\n"
        f"  dujiang verify receipt {receipts[0]}\n  dujiang verify log {done['log']}",
        f"证据：联盟日志第 {entry} 条。可自行离线验证：\n  dujiang verify receipt {receipts[0]}\n  dujiang verify log {done['log']}",
    )
