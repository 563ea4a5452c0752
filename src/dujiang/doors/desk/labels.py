"""The words of the desk in both languages: kinds of things, columns, states and codes; what is not here is shown as it is stored."""

from typing import Any

from dujiang.words import PURPOSES, Saying

# What the navigation calls a list, and the group it stands in.
KINDS: dict[str, Saying] = {
    "source": Saying(en="Sources", zh="数据来源"), "connection": Saying(en="Connections", zh="接入连接"), "mapping": Saying(en="Mappings", zh="映射"),
    "arrival": Saying(en="Arrivals", zh="到达批次"), "quarantine": Saying(en="Quarantine", zh="隔离记录"),
    "snapshot": Saying(en="Snapshots", zh="标准化快照"), "unmapped": Saying(en="Unmapped", zh="未映射清单"), "vocabulary": Saying(en="Vocabularies", zh="词表"),
    "term": Saying(en="Terms to map", zh="待确认术语"), "index": Saying(en="Person indexes", zh="人员索引"), "person": Saying(en="Persons", zh="人员"),
    "map": Saying(en="Data map", zh="数据地图"), "quality": Saying(en="Quality", zh="数据质量"), "asset": Saying(en="Assets", zh="资产"), "offer": Saying(en="Catalogue", zh="联盟目录"),
    "consent": Saying(en="My consents", zh="我的同意书"), "request": Saying(en="Requests", zh="申请"), "permit": Saying(en="Permits", zh="许可"),
    "task": Saying(en="Tasks", zh="任务"), "release": Saying(en="Releases", zh="发布"), "use": Saying(en="Uses", zh="使用记录"),
    "statement": Saying(en="Statements", zh="对账单"), "account": Saying(en="Accounts", zh="账户"), "party": Saying(en="Parties", zh="机构"),
    "app": Saying(en="Apps", zh="应用"), "job": Saying(en="Jobs", zh="作业"), "log": Saying(en="Log", zh="日志"),
}
GROUPS: tuple[tuple[Saying, tuple[str, ...]], ...] = (
    (Saying(en="Data", zh="数据"), ("map", "source", "connection", "arrival", "quarantine", "snapshot", "unmapped", "mapping", "vocabulary", "term", "index", "person",
                                    "quality", "asset")),
    (Saying(en="Sharing", zh="共享"), ("offer", "request", "permit", "task", "release", "consent", "use", "statement")),
    (Saying(en="House", zh="运行"), ("account", "party", "app", "job", "log")),
)

# The columns that tell the most, in order; the others stand under "more". A kind that is not here shows its first ones.
MAIN: dict[str, tuple[str, ...]] = {
    "source": ("name", "region", "form", "state", "zone"),
    "source/status": ("source", "last_arrival", "lag_seconds", "records", "quarantined", "error_rate", "fingerprint"),
    "arrival": ("received", "state", "source", "records", "quarantined", "breaches", "files"),
    "snapshot": ("zone", "state", "records", "persons", "unmapped", "dangling", "tables"),
    "index": ("state", "persons", "records", "linked", "review", "flagged"),
    "asset": ("name", "state", "grade", "quality", "to_sign", "persons", "rows"),
    "offer": ("name", "holder", "grade", "quality", "persons", "rows"),
    "request": ("title", "party", "purpose", "grade", "state", "waiting"),
    "permit": ("holder", "recipient", "purpose", "state", "used", "runs", "until"),
    "task": ("id", "state", "request", "waiting_on", "parts"),
    "release": ("id", "state", "purpose", "grade", "checks", "withheld", "entry"),
    "statement": ("account", "total", "lines"),
    "account": ("label", "party", "roles", "state"),
    "party": ("name", "id", "state", "vkey"),
    "app": ("name", "state", "purpose", "ceiling", "request"),
    "job": ("work", "state", "progress", "trouble", "id"),
    "log": ("index", "at", "act", "on", "to", "by", "facts"),
}
NEWEST_FIRST = frozenset({"arrival", "snapshot", "index", "request", "permit", "task", "release", "use", "app", "job"})
OPENED = ("request", "terms", "manifest")  # a thing inside a row is the row's own
HIDDEN = frozenset({"digest", "subject", "invitation", "only", "answer", "progress_id"})

COLUMNS: dict[str, str] = {
    "id": "编号", "state": "状态", "name": "名称", "region": "地区", "zone": "分区", "form": "格式", "source": "来源", "files": "文件",
    "records": "记录数", "quarantined": "隔离数", "received": "到达时间", "kinds": "按类型", "rules": "按规则", "arrivals": "到达批次",
    "by_kind": "按类型", "by_rule": "按规则", "findings": "发现", "tables": "标准表", "persons": "人数", "unmapped": "未映射", "dangling": "悬空引用",
    "mapping_version": "映射版本", "set_aside": "剔除行数", "kept_raw": "原样保留", "snapshots": "快照", "snapshot": "快照",
    "linked": "已关联", "review": "待核对", "flagged": "有疑点", "grade": "级别", "quality": "质量分", "rows": "行数", "content": "内容哈希",
    "holder": "持有机构", "columns": "列", "right": "权利", "title": "题目", "why": "理由", "purpose": "用途", "purposes": "用途", "offers": "资产",
    "methods": "方法", "runs": "准予次数", "until": "有效期至", "since": "自", "reviews": "评审意见", "waiting": "等待", "on": "对象",
    "due_days": "时限（天）", "request": "申请", "terms": "条款", "signature": "签名", "used": "已用次数", "size": "日志规模", "signed_by": "签署人",
    "waiting_on": "等待对象", "parts": "各机构进展", "rule": "规则", "reason": "原因", "evidence": "证据", "task": "任务", "entry": "日志条目",
    "checks": "已核查", "checks_needed": "需核查", "withheld": "未发布单元格", "account": "账户", "lines": "明细", "total": "合计（元）", "fen": "金额（元）",
    "party": "机构", "roles": "角色", "label": "岗位", "vkey": "验证公钥", "seal": "加密公钥", "log": "日志公钥", "work": "作业",
    "trouble": "问题", "progress": "进度", "manifest": "清单", "installer": "安装人", "patient": "患者编号", "person": "人员编号",
    "release": "发布", "included": "计入人数", "excluded": "因意愿排除", "applicant": "申请人", "commercial": "商业用途", "recipient": "接收方",
    "recipients": "接收方", "effect": "意愿", "offer": "资产", "vote": "意见", "role": "角色", "at": "时间", "act": "操作", "facts": "详情", "by": "操作方",
    "to": "新状态", "index": "序号", "query": "查询", "groups": "分组", "app": "应用", "returned_because": "退回原因", "sha256": "哈希", "hash": "哈希", "cohort": "人群",
    "of": "统计对象", "measures": "指标", "edges": "分界值", "values": "取值", "table": "表", "codes": "代码", "type": "类型", "at_least": "至少次数",
    "low": "下限", "high": "上限", "mask": "掩码根", "root": "参与者根", "version": "版本", "ceiling": "级别上限", "acts": "操作", "kind": "类型",
    "file": "文件", "row": "数据行编号", "line": "行", "key": "标识", "code": "代码", "system": "代码体系", "text": "文本", "count": "次数", "score": "得分", "arrival": "到达批次",
    "refused": "拒绝规则", "holders": "持有机构", "commitment": "承诺值", "consents": "同意书数", "permits": "允许数", "peers": "同伴机构", "items": "条数",
    "postings": "分录", "permit": "许可", "quality_rules": "质量规则", "left_out": "未纳入", "proposed": "建议级别", "mapping": "映射版本", "asset": "资产",
    "scorecard": "质量评分卡", "weakest": "最弱来源得分", "categories": "按维度", "failed": "未达标检查", "applicable": "适用检查数", "alarms": "漂移告警", "signed": "已签字",
    "to_sign": "待签字规范", "as_of": "评估日期", "conformance": "规范性", "completeness": "完整性", "plausibility": "合理性", "sign_off": "须签字规范",
    "breaches": "不符合交付约定", "rejects": "整批不予采用", "says": "说明", "todo": "处理办法", "live": "实时来源",
    "number": "患者编号", "full_name": "姓名", "sex": "性别", "born": "出生日期", "id_number": "身份证号", "phone": "联系电话", "address": "住址",
    "visited": "就诊日期", "visit_kind": "就诊类型", "diagnoses": "诊断（可在前面加 ICD-10 编码）", "medicines": "用药", "systolic": "收缩压（mmHg）", "diastolic": "舒张压（mmHg）",
    "pulse": "心率（次/分）", "temperature": "体温（℃）", "glucose": "血糖（mmol/L）", "body_weight": "体重（kg）", "body_height": "身高（cm）", "receipt": "回执",
    "slot": "对应项", "few": "人数过少，不显示", "category": "类别", "start": "开始时间", "end": "结束时间", "died": "死亡日期", "class": "就诊类型", "passport": "护照号",
    "mrn": "病案号", "visit": "就诊", "value": "结果值", "unit": "单位", "status": "状态", "quantity": "数量", "days": "天数", "base": "网址前缀", "contact": "联系邮箱",
    "access_body": "健康数据访问机构",
    "despite_numbers": "已核对两个不同的有效证件号码，仍确认", "domain": "数据域", "rights": "权利", "learn": "重新学习权重", "one": "一条记录", "other": "另一条记录",
    "place": "文件或文件夹位置（本节点机器上）", "verdict": "结论", "last_arrival": "最近到达", "lag_seconds": "滞后（秒）", "bytes": "字节数", "error_rate": "错误率",
    "fingerprint": "结构指纹", "drift": "结构变化", "missed": "未交付", "connection": "接入连接", "doing": "运行情况", "landing": "落地情况",
    "unknown_patients": "未知患者", "digest": "摘要", "field": "字段", "note": "备注", "version_of": "版本", "dimension": "维度", "weight": "权重",
}
STATES: dict[str, str] = {
    "draft": "草稿", "submitted": "已提交", "screening": "初筛中", "returned": "已退回", "in_review": "评审中", "approved": "已批准",
    "rejected": "已否决", "withdrawn": "已撤回", "closed": "已关闭", "offered": "待签署", "agreed": "已签署", "active": "生效中", "suspended": "已暂停",
    "expired": "已到期", "revoked": "已撤销", "destroyed": "已销毁", "combined": "已汇总", "failed": "失败", "cancelled": "已取消",
    "complete": "已完成", "refused": "已拒绝", "running": "运行中", "queued": "排队中", "done": "已完成", "partly_reviewed": "部分核查",
    "reviewed": "已核查", "released": "已发布", "settled": "已结算", "assessed": "已评估", "graded": "已定级", "registered": "已登记",
    "published": "已发布", "retired": "已退役", "open": "开放", "landed": "已落地", "landing": "落地中", "standardised": "已标准化",
    "identified": "已识别", "joined": "已加入", "admitted": "已接纳", "invited": "已邀请", "installed": "已安装", "requested": "申请中",
    "removed": "已移除", "waiting": "等待中", "arrived": "已收到", "sent": "已发送", "heard": "已收到", "missing": "未收到", "applied": "已申请",
    "pending": "待处理", "ran": "已运行", "confirmed": "已确认", "undone": "已撤销裁定", "loaded": "已加载", "in_force": "生效中", "disputed": "有异议",
    "proposed": "待确认", "connected": "已连接", "disconnected": "已断开", "merged": "已合并", "split": "已拆分", "permit": "允许", "deny": "拒绝",
}
BAD = frozenset({"failed", "refused", "rejected", "revoked", "suspended", "missing"})
GOOD = frozenset({"active", "approved", "released", "settled", "published", "done", "complete", "combined", "installed", "joined", "admitted"})

# Codes that stand in values, in words.
WORDS: dict[str, Saying] = {
    "steward": Saying(en="steward", zh="数据管理员"), "reviewer": Saying(en="reviewer", zh="评审人"), "privacy_officer": Saying(en="privacy officer", zh="隐私官"),
    "ethics_committee": Saying(en="ethics committee", zh="伦理委员会"), "data_centre": Saying(en="data centre", zh="数据中心"),
    "data_committee": Saying(en="data committee", zh="数据委员会"), "checker": Saying(en="checker", zh="核查人"), "applicant": Saying(en="applicant", zh="申请人"),
    "app": Saying(en="app", zh="应用"), "person": Saying(en="person", zh="本人"), "auditor": Saying(en="auditor", zh="审计人员"),
    "operator": Saying(en="operator", zh="运维人员"), "alliance steward": Saying(en="alliance steward", zh="联盟数据管理员"),
    "privacy officer": Saying(en="privacy officer", zh="隐私官"), "ethics committee": Saying(en="ethics committee", zh="伦理委员会"),
    "first checker": Saying(en="first checker", zh="第一核查人"), "second checker": Saying(en="second checker", zh="第二核查人"),
    "approve": Saying(en="approved", zh="同意"), "reject": Saying(en="rejected", zh="否决"), "hold": Saying(en="to hold", zh="持有权"),
    "count": Saying(en="counts", zh="计数"), "mean": Saying(en="mean", zh="均值"), "sum": Saying(en="sum", zh="合计"), "variance": Saying(en="variance", zh="方差"),
    "histogram": Saying(en="histogram", zh="直方图"), "persons": Saying(en="persons", zh="人数"), "events": Saying(en="records", zh="记录数"),
    "sd": Saying(en="standard deviation", zh="标准差"),
    "has": Saying(en="has a record", zh="有相应记录"), "not": Saying(en="not", zh="非"), "all_of": Saying(en="all of", zh="同时满足"),
    "any_of": Saying(en="any of", zh="满足任一"),
    "everyone": Saying(en="everyone", zh="全部人员"), "by_sex": Saying(en="by sex", zh="按性别"), "by_age": Saying(en="by age", zh="按年龄"),
    "by_code": Saying(en="by code", zh="按代码"),
    "female": Saying(en="female", zh="女"), "male": Saying(en="male", zh="男"), "unknown": Saying(en="unknown", zh="不详"), "auto": Saying(en="recognised by itself", zh="自动识别"),
    "*": Saying(en="everything", zh="全部"),
    **PURPOSES,
}
TABLES: dict[str, Saying] = {
    "person": Saying(en="persons", zh="人员"), "visit_occurrence": Saying(en="visits", zh="就诊"), "condition_occurrence": Saying(en="conditions", zh="诊断"),
    "drug_exposure": Saying(en="drugs", zh="用药"), "procedure_occurrence": Saying(en="procedures", zh="操作"), "measurement": Saying(en="measurements", zh="检验与测量"),
    "observation": Saying(en="observations", zh="观察"), "death": Saying(en="deaths", zh="死亡"), "device_exposure": Saying(en="devices", zh="器械"),
    "specimen": Saying(en="specimens", zh="标本"), "note": Saying(en="notes", zh="文书"),
}
GRADES: dict[int, Saying] = {
    1: Saying(en="open", zh="公开"), 2: Saying(en="registered", zh="登记使用"), 3: Saying(en="controlled", zh="受控"),
    4: Saying(en="usable, not visible", zh="可用不可见"), 5: Saying(en="restricted", zh="严格限制"),
}
ACCOUNTS: dict[str, Saying] = {
    "applicant": Saying(en="{who}, applicant", zh="{who}（申请方）"), "holder": Saying(en="{who}, holder", zh="{who}（持有机构）"),
    "persons": Saying(en="the persons at {who}", zh="{who}的患者"), "platform": Saying(en="the platform", zh="平台"),
}


def page_name(at: str, says: Saying) -> Saying:
    """What a page is called: its kind, or what its act says without the verb of seeing."""
    if at in KINDS:
        return KINDS[at]
    en = says.en
    for verb in ("See ", "List ", "Read "):
        en = en.removeprefix(verb)
    return Saying(en=en[:1].upper() + en[1:], zh=says.zh.removeprefix("查看").removeprefix("读取"))


def told(name: str, says: Saying, lang: str) -> str:
    """The sentence under a page's name, unless it only says the name again."""
    return "" if page_name("", says).in_(lang) == name else says.in_(lang)


def column(name: str, lang: str) -> str:
    """A column's head; the name of a standard table is that table's."""
    if name in TABLES:
        return TABLES[name].in_(lang)
    if "." in name:  # a rule, a column of a table
        return name
    if lang == "zh":
        return COLUMNS.get(name, name)
    return ENGLISH.get(name, name.replace("_", " "))


CHOICES: dict[str, Saying] = {
    "same": Saying(en="one and the same person", zh="同一人"), "different": Saying(en="two persons", zh="不同的人"),
    "auto": Saying(en="look for itself", zh="自动识别"), "out-patient": Saying(en="out-patient", zh="门诊"), "in-patient": Saying(en="in-patient", zh="住院"),
    "emergency": Saying(en="emergency", zh="急诊"), "home": Saying(en="home visit", zh="家庭出诊"), "return": Saying(en="return", zh="退回"), "approve": Saying(en="approve", zh="同意"),
    "reject": Saying(en="reject", zh="否决"),
    "moment": Saying(en="date or time", zh="日期或时间"), "number": Saying(en="number", zh="数值"), "integer": Saying(en="whole number", zh="整数"),
    "text": Saying(en="text", zh="文本"), "sex": Saying(en="sex", zh="性别"), "sex_code": Saying(en="code of a sex", zh="性别代码"),
    "mobile": Saying(en="mobile number", zh="手机号"), "cn_id": Saying(en="identity number", zh="身份证号"), "han_name": Saying(en="Chinese name", zh="中文姓名"),
    "unit": Saying(en="unit", zh="单位"), "visit_class": Saying(en="kind of visit", zh="就诊类型"), "icd10": Saying(en="ICD-10 code", zh="ICD-10 编码"),
    "icd9": Saying(en="ICD-9 code", zh="ICD-9 编码"), "snomed": Saying(en="SNOMED code", zh="SNOMED 编码"), "loinc": Saying(en="LOINC code", zh="LOINC 编码"),
    "atc": Saying(en="ATC code", zh="ATC 编码"), "direct": Saying(en="direct identifier", zh="直接标识符"), "health": Saying(en="health", zh="健康状况"),
}
SLOTS: dict[str, Saying] = {
    "person": Saying(en="patient", zh="患者"), "name": Saying(en="name", zh="姓名"), "key": Saying(en="row number", zh="行标识"),
    "low": Saying(en="lower reference", zh="参考下限"), "high": Saying(en="upper reference", zh="参考上限"),
}


def slot(name: str, lang: str) -> str:
    """What a column of a raw table is taken for."""
    return SLOTS[name].in_(lang) if name in SLOTS else column(name, lang)



def choice(value: str, lang: str) -> str:
    """A word to choose, as the reader calls it."""
    says = CHOICES.get(value) or WORDS.get(value)
    return says.in_(lang) if says else value


def in_words(value: Any, lang: str) -> str:
    """A name that may be a saying."""
    return str(value[lang]) if isinstance(value, dict) else str(value)


ENGLISH = {
    "lag_seconds": "seconds behind",
    "number": "patient number", "born": "date of birth", "visited": "day of the visit", "diagnoses": "diagnoses (an ICD-10 code may stand before the words)",
    "systolic": "systolic pressure, mmHg", "diastolic": "diastolic pressure, mmHg", "pulse": "pulse, per minute", "temperature": "temperature, °C",
    "glucose": "glucose, mmol/L", "body_weight": "weight, kg", "body_height": "height, cm", "visit_kind": "kind of visit",
    "fen": "CNY", "total": "total, CNY", "at": "time", "on": "thing", "to": "new state", "by": "by whom", "vkey": "verifier key",
    "seal": "sealing key", "log": "log key",
}


def state(name: str, lang: str) -> str:
    return STATES.get(name, name) if lang == "zh" else name.replace("_", " ")
