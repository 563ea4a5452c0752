"""Every rule by which landing sets a record aside, counts it, or remarks on a file, as a sentence in both languages."""

from dujiang.words import Saying

QUARANTINE: dict[str, Saying] = {
    "gzip.truncated": Saying(en="The compressed file ends too early; every whole line before was kept.", zh="压缩文件不完整；此前的完整行均已保留。"),
    "gzip.corrupt": Saying(en="The compressed file is damaged from here on; every whole line before was kept.", zh="压缩文件自此处损坏；此前的完整行均已保留。"),
    "line.too_long": Saying(en="The line is longer than 16 MiB.", zh="该行超过 16 MiB。"),
    "line.nul": Saying(en="The line holds a NUL byte.", zh="该行含有空字节（NUL）。"),
    "line.encoding": Saying(en="The line is not valid text in the file's encoding.", zh="该行不符合文件的字符编码。"),
    "file.unknown_form": Saying(
        en="The file is neither FHIR JSON, HL7 v2, C-CDA nor a table with a header.", zh="该文件不是 FHIR JSON、HL7 v2、C-CDA，也不是带表头的表格。"
    ),
    "json.syntax": Saying(en="Not valid JSON.", zh="不是有效的 JSON。"),
    "json.not_object": Saying(en="Valid JSON, but not an object.", zh="是有效的 JSON，但不是对象。"),
    "json.truncated": Saying(en="The JSON document ends too early; the entries before were kept.", zh="JSON 文档不完整；此前的条目均已保留。"),
    "fhir.no_type": Saying(en="The resource names no type.", zh="资源未注明类型。"),
    "fhir.unknown_type": Saying(en="The resource's type is in neither FHIR R4 nor STU3.", zh="资源类型不属于 FHIR R4 或 STU3。"),
    "fhir.no_resource": Saying(en="The Bundle entry holds no resource.", zh="Bundle 条目中没有资源。"),
    "record.too_long": Saying(en="The record made of it would be longer than 16 MiB.", zh="由此生成的记录将超过 16 MiB。"),
    "record.bad_key": Saying(en="The record's id is empty or cannot be an id.", zh="记录标识为空或无效。"),
    "hl7v2.no_header": Saying(
        en="The message's header (MSH) names no message type or declares no usable delimiters; the message was set aside.",
        zh="消息头（MSH）未注明消息类型或未声明可用的分隔符，整条消息已隔离。",
    ),
    "hl7v2.outside": Saying(en="What stands here belongs to no message; it was passed over up to the next header.", zh="此处内容不属于任何消息，已跳过至下一个消息头。"),
    "hl7v2.no_segment": Saying(en="The line is no segment, and no text that the segment before goes on with.", zh="该行不是有效的段，也不是上一段文本的延续。"),
    "hl7v2.too_long": Saying(en="The message is longer than 16 MiB.", zh="消息超过 16 MiB。"),
    "hl7v2.too_many": Saying(
        en="The message has more than 100,000 segments, or the segment more than 10,000 repetitions; it was set aside.",
        zh="消息超过 100,000 个段，或该段的重复超过 10,000 次，已隔离。",
    ),
    "hl7v2.truncated": Saying(
        en="The message's frame ends too early; its whole segments before were kept.", zh="消息帧不完整；此前的完整段均已保留。"
    ),
    "hl7v2.no_patient": Saying(
        en="The message names no patient before this segment, so it cannot be said whose it is.", zh="该段之前消息未注明患者，无法确定归属。"
    ),
    "hl7v2.no_code": Saying(en="The segment names neither a code nor a text for what it records.", zh="该段既无编码也无名称，无法确定所记录的内容。"),
    "hl7v2.no_content": Saying(en="The message holds no segment that becomes a record.", zh="消息中没有可生成记录的段。"),
    "xml.syntax": Saying(en="The XML is damaged from here on; the entries before were kept.", zh="XML 自此处损坏；此前的条目均已保留。"),
    "xml.truncated": Saying(en="The XML document ends too early; the entries before were kept.", zh="XML 文档不完整；此前的条目均已保留。"),
    "xml.doctype": Saying(
        en="The XML declares a document type, through which entities can attack a reader; it was not read.",
        zh="XML 含文档类型声明（DOCTYPE），其中的实体可能被用于攻击，故未读取。",
    ),
    "xml.too_large": Saying(
        en="The XML holds a tag, an entry or a nesting larger than any document needs; it was passed over.", zh="XML 中的标签、条目或嵌套层数超出正常文档所需，已跳过。"
    ),
    "ccda.no_document": Saying(en="The XML is no clinical document (CDA).", zh="该 XML 不是临床文档（CDA）。"),
    "ccda.no_patient": Saying(en="The document names no patient (recordTarget); nothing in it can be attributed.", zh="文档未注明患者（recordTarget），其内容无法归属。"),
    "ccda.no_code": Saying(en="The entry names neither a code nor a text for what it records.", zh="该条目既无编码也无名称，无法确定所记录的内容。"),
    "zip.truncated": Saying(en="The archive ends too early; what stood before was kept.", zh="压缩包不完整；此前的内容均已保留。"),
    "zip.corrupt": Saying(
        en="The archive is damaged, encrypted or packed in a way that is not read; what stood before was kept.", zh="压缩包已损坏、已加密或压缩方式不受支持；此前的内容均已保留。"
    ),
    "apple.no_export": Saying(en="The XML is no Apple Health export.", zh="该 XML 不是 Apple 健康导出文件。"),
    "device.no_person": Saying(
        en="Nothing says whose readings these are. Deliver the file in a folder named by the person's number.", zh="无法确定测量数据属于何人。请将文件放入以个人编号命名的文件夹后再交付。"
    ),
    "device.no_kind": Saying(en="The reading does not say what was measured.", zh="测量记录未注明测量项目。"),
    "device.no_time": Saying(en="The reading has no time, or one that is none.", zh="测量记录缺少时间，或时间无效。"),
    "device.no_value": Saying(en="The reading's value is missing or is none.", zh="测量值缺失或无效。"),
    "device.unit": Saying(en="The reading's unit is none that its schema allows.", zh="测量单位不符合其数据规范。"),
    "omh.no_header": Saying(en="The data point has no header that names its id and schema.", zh="数据点缺少注明标识与数据规范的头部（header）。"),
    "omh.no_body": Saying(en="The data point has no body.", zh="数据点缺少正文（body）。"),
    "omh.unread_schema": Saying(en="Data points of this schema are not read; the raw file keeps them.", zh="该数据规范的数据点暂不读取；原始文件保留原样。"),
    "fit.header": Saying(en="The FIT file's header is damaged, or what follows is no FIT data.", zh="FIT 文件头已损坏，或其后不是 FIT 数据。"),
    "fit.checksum": Saying(en="The FIT file's checksum does not fit its content; what was read before the check was kept.", zh="FIT 文件校验和不符；校验之前读取的内容已保留。"),
    "fit.truncated": Saying(en="The FIT file ends too early; the readings before were kept.", zh="FIT 文件不完整；此前的测量记录已保留。"),
    "fit.damaged": Saying(en="The FIT file is damaged from here on; the readings before were kept.", zh="FIT 文件自此处损坏；此前的测量记录已保留。"),
    "fit.too_large": Saying(en="The FIT file is larger than 64 MiB.", zh="FIT 文件超过 64 MiB。"),
    "x12.truncated": Saying(en="The interchange ends within a claim; the claims before were kept.", zh="交换文件在某一理赔申请中途结束；此前的申请均已保留。"),
    "x12.too_long": Saying(en="The segment is longer than 1 MiB, or the claim has more than 10,000 lines.", zh="该段超过 1 MiB，或该理赔申请超过 10,000 行明细。"),
    "x12.no_patient": Saying(en="The claim names no insured person by a number.", zh="理赔申请未以编号注明被保险人。"),
    "x12.no_transaction": Saying(en="The X12 file holds no transaction.", zh="X12 文件中没有业务事务集。"),
    "dicom.damaged": Saying(en="The DICOM header is damaged or lacks the study's or image's number.", zh="DICOM 文件头已损坏，或缺少检查或影像编号。"),
    "dicom.no_patient": Saying(en="The image names no patient (PatientID).", zh="影像未注明患者编号（PatientID）。"),
    "vcf.no_header": Saying(en="The variant file has no usable header line; it was set aside.", zh="变异文件缺少可用的表头行，已隔离。"),
    "vcf.bad_variant": Saying(en="The line is no variant, or a genotype in it names an allele that it does not list.", zh="该行不是有效的变异，或其基因型引用了未列出的等位基因。"),
    "vcf.symbolic": Saying(en="The allele is symbolic (a structural variant); only sequences are read.", zh="该等位基因为符号形式（结构变异），目前仅读取序列形式。"),
    "csv.columns": Saying(en="The row has another number of columns than the header.", zh="该行列数与表头不一致。"),
    "csv.quotes": Saying(en="The row cannot be split: a quotation mark or a carriage return is astray.", zh="无法拆分该行：引号不成对或含多余回车符。"),
    "excel.unreadable": Saying(en="The workbook or sheet is damaged, or is no workbook at all.", zh="工作簿或工作表已损坏，或并非工作簿。"),
    "excel.locked": Saying(en="The workbook is locked with a password. Have it exported without one.", zh="工作簿设有密码，请导出未加密的版本。"),
    "excel.too_large": Saying(
        en="The workbook is larger than 256 MiB, or unpacks to more than 1 GiB. Have it exported as CSV.", zh="工作簿超过 256 MiB，或解压后超过 1 GiB，请改用 CSV 导出。"
    ),
    "csv.no_header": Saying(en="The table's first line is no header; the whole file was set aside.", zh="首行不是有效表头，整个文件已隔离。"),
    "csv.missing_column": Saying(en="The table lacks a column it must have; the whole file was set aside.", zh="表格缺少必需的列，整个文件已隔离。"),
}
COUNTED: dict[str, Saying] = {
    "record.duplicate": Saying(en="The same record came more than once; it was kept once.", zh="同一记录重复出现，保留一份。"),
    "record.superseded": Saying(en="Another record with the same id came later; the later one was kept.", zh="同一标识有更晚的记录，保留较晚者。"),
    "file.duplicate": Saying(en="The same file came under two names; it was read once.", zh="同一文件以两个名称交付，只读取一次。"),
    "finding.unlisted": Saying(en="Remarks of one kind beyond the listed ones, and counted.", zh="同类备注超出列示上限的部分，仅计数。"),
    "quarantine.unlisted": Saying(en="Set aside beyond the listed rows, and counted.", zh="超出列示上限的隔离记录，仅计数。"),
}
REMARKS: dict[str, Saying] = {
    "table.titles": Saying(en="Lines above the table's header were passed over.", zh="表头之前的标题行已跳过。"),
    "table.no_header": Saying(en="The table has no header; its columns are numbered.", zh="表格没有表头，列名以序号代替。"),
    "excel.long_number": Saying(
        en="Rows hold whole numbers of 16 digits or more, whose last digits the workbook has lost. Have them exported as text.",
        zh="有行含 16 位及以上的整数，工作簿中其末尾数字已丢失。请将该列按文本格式导出。",
    ),
    "csv.missing_column": QUARANTINE["csv.missing_column"],
    "csv.no_header": QUARANTINE["csv.no_header"],
    "file.gb18030": Saying(en="The table was read as GB18030 text.", zh="该表格按 GB18030 编码读取。"),
    "file.duplicate": COUNTED["file.duplicate"],
    "file.empty": Saying(en="The file is empty.", zh="文件为空。"),
    "csv.no_rows": Saying(en="The table has a header and no rows.", zh="表格只有表头，没有数据行。"),
    "hl7v2.batch_count": Saying(en="A batch's trailer states another number of messages than the file holds.", zh="批次尾段注明的消息数与文件实际不符。"),
    "hl7v2.acknowledgement": Saying(en="Acknowledgements were passed over: they hold no records.", zh="应答消息不含记录，已跳过。"),
    "hl7v2.not_production": Saying(
        en="Messages are marked as training or debugging (MSH-11); they were read like the others.", zh="部分消息标记为培训或调试（MSH-11），与其他消息一并读取。"
    ),
    "hl7v2.bad_date": Saying(en="Dates that are none were left out of their records; the raw file keeps them.", zh="无效日期未写入记录；原始文件保留原样。"),
    "hl7v2.unread_segment": Saying(en="Segments of this name were not read; the raw file keeps them.", zh="该名称的段未被读取；原始文件保留原样。"),
    "ccda.bad_date": Saying(en="Dates that are none were left out of their records; the raw file keeps them.", zh="无效日期未写入记录；原始文件保留原样。"),
    "ccda.unread_section": Saying(en="Entries of this section were not read; the raw file keeps them.", zh="该章节的条目未被读取；原始文件保留原样。"),
    "device.unread": Saying(en="Elements of this name were not read; the raw file keeps them.", zh="该名称的元素未被读取；原始文件保留原样。"),
    "x12.unread": Saying(en="Transactions of this number are not read; the raw file keeps them.", zh="该编号的事务集未被读取；原始文件保留原样。"),
    "vcf.no_samples": Saying(en="The variant file has no samples, hence nobody's variants.", zh="变异文件不含样本，因此没有个人变异记录。"),
    "fit.no_readings": Saying(en="The FIT file holds settings or courses and no readings.", zh="FIT 文件仅含设置或路线，没有测量记录。"),
    "ccda.text_only": Saying(en="The document's body is not structured: only that the document exists was kept.", zh="文档正文非结构化，仅保留文档登记信息。"),
    "file.export_log": Saying(en="The log of a bulk export: kept as delivered, it holds no records.", zh="批量导出日志：原样保存，不含记录。"),
    "table.column_added": Saying(en="The source's table has a column that it did not have at the last pull.", zh="来源表较上次拉取新增了列。"),
    "table.column_removed": Saying(en="The source's table lacks a column that it had at the last pull.", zh="来源表较上次拉取缺少了列。"),
    "table.column_retyped": Saying(en="A column of the source's table has another type than at the last pull.", zh="来源表中有列的类型与上次拉取时不同。"),
    "fhir.file_missing": Saying(
        en="The server's export names a file that it did not hand over; the next pull asks for it again.", zh="服务器导出清单中的文件未能取得，下次拉取时将再次请求。"
    ),
    "fhir.count": Saying(
        en="The server stated more resources than it handed over; the next pull asks again.", zh="服务器声明的资源数多于实际交付数，下次拉取时将再次请求。"
    ),
    "fhir.export_errors": Saying(en="The server reported errors with its export; its reports were kept.", zh="服务器报告导出过程中有错误，报告已保留。"),
    "file.same_name_other_content": Saying(
        en="An earlier arrival had a file of this name with other content; both were kept.", zh="先前批次有同名而内容不同的文件，两者均已保留。"
    ),
}
RULES: dict[str, Saying] = {**REMARKS, **COUNTED, **QUARANTINE}
