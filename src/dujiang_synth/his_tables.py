"""A hospital that exports its own tables under Chinese headers: CSV in GB18030 or a workbook, the same patients as any other form of export."""

import csv
import io
import json
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import NamedTuple

from dujiang_synth.body import Reading
from dujiang_synth.charts import Chart
from dujiang_synth.codes import DIASTOLIC, SYSTOLIC
from dujiang_synth.lives import Visit
from dujiang_synth.workbook import workbook

CLASSES = {"AMB": "门诊", "EMER": "急诊", "IMP": "住院"}
COLUMNS = {
    "患者基本信息": "患者编号 病案号 姓名 性别 出生日期 死亡日期 身份证号 护照号 联系电话 现住址",
    "就诊记录": "就诊流水号 患者编号 就诊类型 就诊开始时间 就诊结束时间 就诊原因编码 就诊原因",
    "诊断": "诊断流水号 患者编号 就诊流水号 诊断日期 转归日期 诊断状态 诊断编码 诊断名称 国际术语编码",
    "医嘱用药": "医嘱号 患者编号 就诊流水号 开立时间 停止日期 药品编码 药品名称",
    "检验结果": "结果流水号 患者编号 就诊流水号 检验时间 项目代码 项目名称 结果值 单位",
}
Row = list[str]


class Table(NamedTuple):
    """A table under its name: the header, then the rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]


def export(charts: list[Chart]) -> list[Table]:
    """The five tables of a hospital."""
    tables = {name: Table(name, tuple(columns.split()), []) for name, columns in COLUMNS.items()}
    for chart in charts:
        tables["患者基本信息"].rows.append(write_patient(chart))
        visits = [put_visit(tables, chart, visit) for visit in chart.visits]
        for problem in chart.problems:
            rows = tables["诊断"].rows
            word = problem.concept
            state = "治愈" if problem.ended else "未愈"
            rows.append([f"D{len(rows) + 1:07d}", chart.entry.local_id, visits[problem.visit], day(problem.began), day(problem.ended), state,
                         word.icd10, word.zh, word.code])
    return list(tables.values())


def write_patient(chart: Chart) -> Row:
    """The registry's line."""
    entry, home = chart.entry, chart.entry.home
    where = f"{home.province}{home.city}{home.county}{entry.street}"
    sex = "男" if entry.sex == "male" else "女"
    return [entry.local_id, entry.mrn, entry.name.text, sex, day(entry.birth), day(entry.died), entry.identity, entry.passport, entry.phone, where]


def put_visit(tables: dict[str, Table], chart: Chart, visit: Visit) -> str:
    """Write a visit with its prescriptions and results; its number."""
    visits, orders, results = tables["就诊记录"].rows, tables["医嘱用药"].rows, tables["检验结果"].rows
    number, patient = f"V{len(visits) + 1:07d}", chart.entry.local_id
    visits.append([number, patient, CLASSES[visit.kind], moment(visit.start), moment(visit.end), visit.type.code, visit.type.zh])
    for medicine, days, _ in visit.prescriptions:
        stop = day(visit.start.date() + timedelta(days=days))
        orders.append([f"R{len(orders) + 1:07d}", patient, number, moment(visit.start), stop, medicine.code, medicine.zh])
    for reading in readings(visit):
        measure, value = reading
        told = [measure.code, measure.zh, json.dumps(value), measure.unit]
        results.append([f"L{len(results) + 1:07d}", patient, number, moment(visit.start), *told])
    return number


def readings(visit: Visit) -> list[Reading]:
    """Everything measured; a blood pressure is two results."""
    pressure: list[Reading] = [(SYSTOLIC, visit.pressure[0]), (DIASTOLIC, visit.pressure[1])] if visit.pressure else []
    return [*pressure, *visit.readings]


def day(when: date | None) -> str:
    """A day as clerks type it."""
    return f"{when.year}/{when.month}/{when.day}" if when else ""


def moment(when: datetime) -> str:
    """A moment on the hospital's clock."""
    return when.isoformat(sep=" ")


def as_csv(table: Table) -> bytes:
    """The table as CSV in GB18030."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([table.columns, *table.rows])
    return out.getvalue().encode("gb18030")


def as_workbook(tables: list[Table]) -> bytes:
    """The tables as sheets of one workbook, each under a title over its whole width."""
    sheets = []
    for table in tables:
        rows = [[f"{table.name}（导出）"], list(table.columns), *table.rows]
        sheets.append((table.name, rows, [("A1", f"{chr(64 + len(table.columns))}1")]))
    return workbook(sheets)


def table_map() -> str:
    """The map of these tables to standard ones."""
    return files("dujiang_synth").joinpath("his_map.yaml").read_text(encoding="utf-8")
