"""What devices hand over, as short as it can be, and what reading it gives."""

import io
import json
import zipfile
from typing import Any

from dujiang.collect.readers.items import Broken, Item, Record, Remark
from dujiang.collect.readers.reading import head_of, look, read

Body = dict[str, Any]
DOCTYPE = "<!DOCTYPE HealthData [<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)><!ATTLIST Record type CDATA #REQUIRED unit CDATA #IMPLIED>]>"
DEVICE = "&lt;&lt;HKDevice: {address}&gt;, name:Apple Watch, manufacturer:Apple, model:Watch, hardware:Watch2,4, software:{software}&gt;"
ME = '<Me HKCharacteristicTypeIdentifierDateOfBirth="1990-02-02" HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexFemale"/>'
HEART = "HKQuantityTypeIdentifierHeartRate"


def apple_record(
    type: str = HEART, value: str = "72", unit: str = "count/min", *, at: str = "2018-09-10 02:28:55 -0700", to: str = "", source: str = "Watch",
    address: str = "0x1", software: str = "4.3",
) -> str:
    device = DEVICE.format(address=address, software=software)
    return f'<Record type="{type}" sourceName="{source}" unit="{unit}" device="{device}" startDate="{at}" endDate="{to or at}" value="{value}"/>'


def apple(*parts: str, doctype: str = DOCTYPE) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<HealthData locale="zh_CN"><ExportDate value="2020-01-01"/>{"".join(parts)}</HealthData>'


def archive(xml: str, name: str = "apple_health_export/export.xml", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An export as a phone packs it: other files around it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        packed.writestr("apple_health_export/export_cda.xml", "<ClinicalDocument/>" * 50)
        packed.writestr(name, xml)
        packed.writestr("apple_health_export/workout-routes/a.gpx", "<gpx/>")
    return out.getvalue()


def point(schema: str = "heart-rate", body: Body | None = None, *, id: str = "1", user: str | None = "u1", source: str = "Watch", version: str = "2.0") -> Body:
    """An Open mHealth data point."""
    header = {"id": id, "schema_id": {"namespace": "omh", "name": schema, "version": version}, "acquisition_provenance": {"source_name": source}}
    if user:
        header["user_id"] = user
    heart = {"heart_rate": {"value": 61.50, "unit": "beats/min"}, "effective_time_frame": {"date_time": "2020-02-05T07:25:00+08:00"}}
    return {"header": header, "body": heart if body is None else body}


def seen(data: bytes | str, name: str, hint: str = "auto") -> tuple[str, list[Item]]:
    """The reader chosen, and all it gives."""
    raw = data.encode() if isinstance(data, str) else data
    chosen = look(name, head_of(io.BytesIO(raw)), hint)
    return chosen.reader, list(read(io.BytesIO(raw), name, chosen))


def observations(items: list[Item]) -> list[Body]:
    return [json.loads(one.body) for one in items if isinstance(one, Record) and one.kind == "Observation"]


def broken(items: list[Item]) -> list[str]:
    return [one.rule for one in items if isinstance(one, Broken)]


def remarks(items: list[Item]) -> list[tuple[str, str, int]]:
    return [tuple(one) for one in items if isinstance(one, Remark)]


def keys(items: list[Item], kind: str = "Observation") -> list[str]:
    return [one.key for one in items if isinstance(one, Record) and one.kind == kind]
