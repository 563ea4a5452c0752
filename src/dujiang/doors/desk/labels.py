"""Chinese names of the columns and states a list shows; what is not here is shown as it is stored."""

COLUMNS: dict[str, str] = {
    "id": "编号", "state": "状态", "name": "名称", "region": "地区", "zone": "分区", "form": "格式", "source": "来源", "files": "文件",
    "records": "记录数", "quarantined": "隔离数", "received": "到达时间", "kinds": "按类型", "rules": "按规则", "arrivals": "到达批次",
    "tables": "表", "persons": "人数", "unmapped": "未映射", "dangling": "悬空引用", "mapping_version": "映射版本", "snapshots": "快照",
    "linked": "已关联", "review": "待复核", "flagged": "已标记", "grade": "级别", "quality": "质量分", "rows": "行数", "content": "内容哈希",
    "holder": "持有机构", "columns": "列", "right": "权利", "title": "题目", "why": "理由", "purpose": "用途", "offers": "资产",
    "methods": "方法", "runs": "运行次数", "until": "有效期至", "since": "自", "reviews": "评审", "waiting": "等待", "on": "等待对象",
    "due_days": "时限（天）", "request": "申请", "terms": "条款", "signature": "签名", "used": "已用次数", "size": "日志规模",
    "waiting_on": "等待对象", "parts": "各机构", "rule": "规则", "reason": "原因", "evidence": "证据", "task": "任务", "entry": "日志条目",
    "checks": "核查数", "checks_needed": "需核查数", "withheld": "保留单元", "account": "账户", "lines": "明细", "total": "合计（分）",
    "party": "机构", "roles": "角色", "label": "岗位", "vkey": "验证公钥", "seal": "加密公钥", "log": "日志公钥", "work": "作业",
    "trouble": "问题", "progress": "进度", "manifest": "清单", "installer": "安装人", "patient": "患者编号", "person": "人员编号",
    "release": "发布", "included": "计入人数", "excluded": "因同意排除", "applicant": "申请人", "commercial": "商业用途", "recipient": "接收方",
    "offer": "资产", "vote": "意见", "role": "角色", "at": "时间", "act": "操作", "facts": "事实", "by": "操作方", "to": "新状态",
}
STATES: dict[str, str] = {
    "draft": "草稿", "submitted": "已提交", "screening": "初筛中", "returned": "已退回", "in_review": "评审中", "approved": "已批准",
    "rejected": "已否决", "withdrawn": "已撤回", "closed": "已关闭", "offered": "待签", "agreed": "已签", "active": "生效", "suspended": "暂停",
    "expired": "到期", "revoked": "已撤销", "destroyed": "已销毁", "combined": "已汇总", "failed": "失败", "cancelled": "已取消",
    "complete": "完成", "refused": "已拒绝", "running": "运行中", "queued": "排队", "done": "完成", "partly_reviewed": "部分核查",
    "reviewed": "已核查", "released": "已发布", "settled": "已结算", "assessed": "已评估", "graded": "已定级", "registered": "已登记",
    "published": "已发布", "retired": "已退役", "open": "开放", "landed": "已到达", "landing": "到达中", "standardised": "已标准化",
    "identified": "已识别", "joined": "已加入", "admitted": "已接纳", "invited": "已邀请", "installed": "已安装", "requested": "已申请",
    "removed": "已移除", "waiting": "等待", "arrived": "已到达",
}


def column(name: str, lang: str) -> str:
    return COLUMNS.get(name, name) if lang == "zh" else name.replace("_", " ")


def state(name: str, lang: str) -> str:
    return STATES.get(name, name) if lang == "zh" else name.replace("_", " ")
