"""Writes the same patients of one hospital three times: as FHIR R4, as its own tables in CSV, as a workbook; with the map of the tables."""

from pathlib import Path

from dujiang_synth import fhir_r4, his_tables
from dujiang_synth.charts import open_charts
from dujiang_synth.world import Progress, check, live_all, write_sheets

HOSPITAL = "hospital-a"


def write_pair(out: Path, *, seed: int = 7, people: int = 1200, progress: Progress | None = None) -> None:
    """Write `fhir/`, `his-csv/`, `his-xlsx/` and `map.yaml` into the empty or absent folder `out`, without dirt. Raises `Refused`."""
    check(out, people, 1)
    tell = progress or (lambda stage, done, total: None)
    charts = open_charts(seed, HOSPITAL, live_all(seed, people, (HOSPITAL,), tell), uuids=False)
    write_sheets(out / "fhir", fhir_r4.export(HOSPITAL, charts))
    tables = his_tables.export(charts)
    (out / "his-csv").mkdir()
    for table in tables:
        (out / "his-csv" / f"{table.name}.csv").write_bytes(his_tables.as_csv(table))
    (out / "his-xlsx").mkdir()
    (out / "his-xlsx" / "his.xlsx").write_bytes(his_tables.as_workbook(tables))
    (out / "map.yaml").write_text(his_tables.table_map(), encoding="utf-8")
    tell(HOSPITAL, 1, 1)
