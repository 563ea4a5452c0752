"""A table of what comes as files: of each form small originals to be damaged, and how whole neighbours stand around the damage.

Values in the originals hold SECRET, which belongs into records and the raw file and nowhere else.
"""

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from collect.collect_ccda_given import FULL, PATIENT, document, medicine, panel, problem, result, section
from collect.collect_device_given import ME, apple, apple_record, archive, point
from collect.test_collect_hl7v2_damaged import LANDED
from dujiang.collect.readers.hl7v2.framing import framed
from dujiang_synth.workbook import workbook

SECRET = "欧阳SECRETVALUE"
FRAME = b"\x0b\x1c"


class Neighbours(NamedTuple):
    """What stands whole before and after the damage; empty where the form promises nothing there."""

    before: bytes = b""
    after: bytes = b""


class Form(NamedTuple):
    """A row of the table."""

    name: str
    file: str  # its name in a delivery, of number {n}
    originals: Callable[[], tuple[bytes, ...]]
    around: Callable[[str], Neighbours] = lambda mark: Neighbours()  # records that hold `mark` and `-before` or `-after`
    before: bool = False  # whether the neighbour before is promised
    after: bool = False
    never: bytes = b""  # bytes that damage does not bring, because they say where a neighbour begins


def _resources() -> list[dict[str, object]]:
    patient = {"resourceType": "Patient", "id": "p1", "name": [{"family": SECRET, "given": ["A"]}], "birthDate": "1980-01-01"}
    return [
        patient, {"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"},
                  "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0", "display": SECRET}]}, "valueQuantity": {"value": 1.10, "unit": "mg/dL"}},
        {"resourceType": "Condition", "id": "c1", "context": {"reference": "Encounter/e1"}, "assertedDate": "2017-01-01", "note": [{"text": f'\\ "{SECRET}"'}]},  # STU3
        {"resourceType": "MedicationStatement", "id": "m1", "taken": "n", "text": {"div": f"<div>{SECRET}</div>"}},
        {"resourceType": "Basic", "extension": [{"url": "u", "valueString": SECRET}]},
    ]


def _line(*values: object) -> bytes:
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def ndjson() -> tuple[bytes, ...]:
    found = _resources()
    return _line(*found), _line(found[0]), _line(*found[1:3]), _line({"resourceType": "Bundle", "type": "history", "entry": [{"resource": one} for one in found]})


def _entries() -> tuple[bytes, ...]:
    found = [json.dumps({"fullUrl": f"urn:uuid:{n}", "resource": one}, ensure_ascii=False, indent=n or None).encode() for n, one in enumerate(_resources())]
    return b",\n".join(found), *found


def _named(mark: str) -> dict[str, object]:
    return {"resourceType": "Patient", "id": mark}


def _bundle(mark: str) -> Neighbours:
    entry = _line({"resource": _named(f"{mark}-before")}).rstrip()
    return Neighbours(b'{"resourceType":"Bundle","type":"collection","entry":[\n' + entry + b",\n", b",\n" + _line({"resource": _named(f"{mark}-after")}) + b"]}")


def _rows_of(mark: str, row: str, header: str = "", encoding: str = "utf-8") -> Neighbours:
    """Six rows on each side, so that they are the most."""
    sides = ["".join(row.format(f"{mark}-{side}", n) + "\n" for n in range(6)) for side in ("before", "after")]
    return Neighbours((header + sides[0]).encode(encoding), ("\n" + sides[1]).encode(encoding))


def _tables(encoding: str, *rows: str) -> tuple[bytes, ...]:
    each = [row.format(SECRET) for row in rows]
    return tuple(one.encode(encoding) for one in (*each, "\n".join(each)))


def _hl7(mark: str) -> Neighbours:
    one = "MSH|^~\\&|HIS|A|DJ|N|20261125080000||ADT^A01|1|P|2.5.1\rPID|1||{0}^^^A^MR||N|||F\rPV1|1|I|||||||||||||||||{0}\r"
    return Neighbours(framed(one.format(f"{mark}-before").encode()), framed(one.format(f"{mark}-after").encode()))


def _ccda() -> tuple[bytes, ...]:
    given = (FULL, document(patient=PATIENT.replace("Zhang", SECRET)), document(section("48765-2", problem()), section("8716-3", panel(result("")))),
             document(section("18776-5", medicine(mood="INT"))))
    return tuple(one.encode() for one in given)


@cache
def _workbooks() -> tuple[bytes, ...]:
    rows = [["编号", "姓名", "值"], *[[f"p{n}", SECRET, str(n)] for n in range(30)]]
    return workbook([("患者", rows, [("A2", "A3")])]), workbook([("Sheet1", rows[:4], []), ("诊断", [["编号", "码"], ["1", "I10"]], [])])


def logs() -> tuple[bytes, ...]:
    events = [{"exportId": "e", "eventId": kind, "eventDetail": {"exportUrl": SECRET}} for kind in ("kickoff", "status_complete", "export_complete")]
    manifest = {"transactionTime": "2026-01-01T00:00:00Z", "request": SECRET, "output": [{"type": "Patient", "url": "http://a/1", "count": 3}], "deleted": [], "error": []}
    return _line(*events), _line(manifest), json.dumps(manifest, indent=1).encode()


def _watches() -> tuple[bytes, ...]:
    return apple(ME, apple_record(), apple_record(value="80", source=SECRET)).encode(), apple(apple_record(value=SECRET)).encode()


def images() -> tuple[bytes, ...]:
    element = b"\x10\x00\x10\x00PN" + bytes([len(SECRET.encode()), 0]) + SECRET.encode()
    return (b"\0" * 128 + b"DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0" + element + b"\xe0\x7f\x10\x00OW\0\0\x40\0\0\0" + bytes(range(64)),)


def _claims() -> tuple[bytes, ...]:
    begun = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *200101*0000*^*00501*000000001*0*P*:~GS*HC*A*B*20200101*0000*1*X*005010~"
    person = f"NM1*IL*1*{SECRET}*JO****MI*M1~DMG*D8*19700131*F~"
    asked = f"ST*837*0001~HL*2*1*22*0~{person}CLM*C1*100.50***11:B:1~HI*ABK:I10~LX*1~SV1*HC:99213*100.50*UN*1***1~DTP*472*D8*20200102~SE*9*0001~"
    paid = f"ST*835*0001~N1*PR*{SECRET}~CLP*C1*1*100.50*80.25*20.25*12*X~NM1*QC*1*{SECRET}*JO****MI*M1~SVC*HC:99213*100.50*80.25~SE*9*0001~"
    return tuple(f"{begun}{one}GE*1*1~IEA*1*000000001~".encode() for one in (asked, paid))


def _variants() -> tuple[bytes, ...]:
    head = f"##fileformat=VCFv4.3\n##reference=file:///GRCh38.fa\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{SECRET}\n"
    rows = "chr7\t140753336\t.\tA\tT\t50\tPASS\tDP=30\tGT\t0/1\nchrX\t100\trs1\tG\tGA,C\t.\t.\t.\tGT\t1|2\n"
    return (head + rows).encode(), (head + rows[:60]).encode()


FORMS: tuple[Form, ...] = (
    Form("fhir lines, R4 and STU3", "{n}.ndjson", ndjson, lambda m: Neighbours(_line(_named(f"{m}-before")), b"\n" + _line(_named(f"{m}-after"))), True, True),
    Form("fhir bundle", "{n}.json", _entries, _bundle, True),
    Form("fhir lines, packed", "{n}.ndjson.gz", lambda: tuple(gzip.compress(one, mtime=0) for one in ndjson())),
    Form("csv", "{n}.csv", lambda: _tables("utf-8", 'p1,"{}, a",1', 'p2,"a ""{}""\nb",2', "p3,{},3"), lambda m: _rows_of(m, "{},x,{}", "id,name,value\n"), True, True),
    Form("csv, GB18030", "{n}.csv", lambda: _tables("gb18030", "p1,{},1", "p2,镕{},2"), lambda m: _rows_of(m, "{},姓名,{}", "编号,姓名,值\n", "gb18030"), True, True),
    Form("a known table", "{n}/conditions.csv", lambda: _tables("utf-8", "2020-01-01,,p,e,1,{}"),
         lambda m: _rows_of(m, "2020-01-01,,{},e,{},x", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n"), True, True),
    Form("fixed width", "{n}.fwf", lambda: _tables("utf-8", "0001 {}   20200101", "0002 {}"), lambda m: _rows_of(m, "{} {} 20200101"), True, True),
    Form("excel", "{n}.xlsx", _workbooks),
    Form("hl7 v2 in frames", "{n}.hl7", lambda: LANDED, _hl7, True, True, FRAME),
    Form("ccda", "{n}.xml", _ccda),
    Form("database rows", "{n}.rows.ndjson", lambda: (_line({"id": "1", "v": SECRET}, {"id": "2", "v": None}), _line({"id": "3|\\", "v": "1.10"})),
         lambda m: Neighbours(_line({"table": "his.visit", "keys": ["id"]}, {"id": f"{m}-before"}), b"\n" + _line({"id": f"{m}-after"})), True, True),
    Form("export logs and manifests", "{n}.log.ndjson", logs),
    Form("apple health", "{n}/apple_health_export/export.xml", _watches),
    Form("apple health, packed", "{n}/export.zip", lambda: tuple(archive(one.decode()) for one in _watches())),
    Form("fit", "{n}.fit", lambda: (b"\x0e\x10\xd9\x07\x40\0\0\0.FIT\0\0" + bytes(range(64)) + SECRET.encode(),)),
    Form("open mhealth", "{n}.omh.ndjson", lambda: (_line(point(), point("body-weight", {"body_weight": {"value": 61.5, "unit": "kg"}}, source=SECRET)), _line(point()))),
    Form("fitbit", "{n}.fitbit.csv", lambda: _tables("utf-8", "1503960366,4/12/2016,1{},1985", "1503960366,4/13/2016,10735,1797"),
         lambda m: Neighbours(b"Id,ActivityDate,TotalSteps,Calories\n")),
    Form("images", "{n}.dcm", images),
    Form("claims and payments, X12", "{n}.x12", _claims),
    Form("variants", "{n}.vcf", _variants),
)


def real(place: Path, form: str) -> tuple[bytes, ...]:
    """Small public originals of a form, from the shared data."""
    endings = {"hl7 v2 in frames": "*.hl7", "ccda": "*.ccda", "images": "*.dcm", "fit": "*.fit"}
    if form not in endings:
        return ()
    found = (path.read_bytes() for path in sorted(place.rglob(endings[form])) if 0 < path.stat().st_size < 40_000)
    return tuple(bytes(byte for byte in one[:12_000] if byte not in FRAME) if form.startswith("hl7") else one for one in found)
