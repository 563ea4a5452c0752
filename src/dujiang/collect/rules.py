"""Every rule by which landing sets a record aside, counts it, or remarks on a file, as a sentence in both languages."""

from dujiang.words import Saying

QUARANTINE: dict[str, Saying] = {
    "gzip.truncated": Saying(en="The compressed file ends too early; every whole line before was kept.", zh="压缩文件不完整；此前的完整行均已保留。"),
    "gzip.corrupt": Saying(en="The compressed file is damaged from here on; every whole line before was kept.", zh="压缩文件自此处损坏；此前的完整行均已保留。"),
    "line.too_long": Saying(en="The line is longer than 16 MiB.", zh="该行超过 16 MiB。"),
    "line.nul": Saying(en="The line holds a NUL byte.", zh="该行含有空字节（NUL）。"),
    "line.encoding": Saying(en="The line is not valid text in the file's encoding.", zh="该行不符合文件的字符编码。"),
    "file.unknown_form": Saying(en="The file is neither FHIR JSON nor a table with a header.", zh="该文件既不是 FHIR JSON，也不是带表头的表格。"),
    "json.syntax": Saying(en="Not valid JSON.", zh="不是有效的 JSON。"),
    "json.not_object": Saying(en="Valid JSON, but not an object.", zh="是有效的 JSON，但不是对象。"),
    "json.truncated": Saying(en="The JSON document ends too early; the entries before were kept.", zh="JSON 文档不完整；此前的条目均已保留。"),
    "fhir.no_type": Saying(en="The resource names no type.", zh="资源未注明类型。"),
    "fhir.unknown_type": Saying(en="The resource's type is in neither FHIR R4 nor STU3.", zh="资源类型不属于 FHIR R4 或 STU3。"),
    "fhir.no_resource": Saying(en="The Bundle entry holds no resource.", zh="Bundle 条目中没有资源。"),
    "record.bad_key": Saying(en="The record's id is empty or cannot be an id.", zh="记录标识为空或无效。"),
    "csv.columns": Saying(en="The row has another number of columns than the header.", zh="该行列数与表头不一致。"),
    "csv.quotes": Saying(en="The row cannot be split: a quotation mark or a carriage return is astray.", zh="无法拆分该行：引号不成对或含多余回车符。"),
    "csv.no_header": Saying(en="The table's first line is no header; the whole file was set aside.", zh="首行不是有效表头，整个文件已隔离。"),
    "csv.missing_column": Saying(en="The table lacks a column it must have; the whole file was set aside.", zh="表格缺少必需的列，整个文件已隔离。"),
}
COUNTED: dict[str, Saying] = {
    "record.duplicate": Saying(en="The same record came more than once; it was kept once.", zh="同一记录重复出现，保留一份。"),
    "record.superseded": Saying(en="Another record with the same id came later; the later one was kept.", zh="同一标识有更晚的记录，保留较晚者。"),
    "file.duplicate": Saying(en="The same file came under two names; it was read once.", zh="同一文件以两个名称交付，只读取一次。"),
    "quarantine.unlisted": Saying(en="Set aside beyond the listed rows, and counted.", zh="超出列示上限的隔离记录，仅计数。"),
}
REMARKS: dict[str, Saying] = {
    "csv.missing_column": QUARANTINE["csv.missing_column"],
    "csv.no_header": QUARANTINE["csv.no_header"],
    "file.gb18030": Saying(en="The table was read as GB18030 text.", zh="该表格按 GB18030 编码读取。"),
    "file.duplicate": COUNTED["file.duplicate"],
    "file.empty": Saying(en="The file is empty.", zh="文件为空。"),
    "csv.no_rows": Saying(en="The table has a header and no rows.", zh="表格只有表头，没有数据行。"),
    "file.export_log": Saying(en="The log of a bulk export: kept as delivered, it holds no records.", zh="批量导出日志：原样保存，不含记录。"),
    "file.same_name_other_content": Saying(
        en="An earlier arrival had a file of this name with other content; both were kept.", zh="先前批次有同名而内容不同的文件，两者均已保留。"
    ),
}
RULES: dict[str, Saying] = {**REMARKS, **COUNTED, **QUARANTINE}
