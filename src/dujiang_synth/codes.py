"""The clinical words that every hospital of the world uses: code, Chinese name, English name."""

from typing import NamedTuple

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
IDENTITY_SYSTEM = "urn:oid:2.16.156.10011.1.3"


class Concept(NamedTuple):
    """A word with its code; a diagnosis also has its ICD-10 code."""

    code: str
    zh: str
    en: str
    icd10: str = ""


class Measure(NamedTuple):
    """Something measured: LOINC code, names, UCUM unit, decimals kept, `vital-signs`, `laboratory` or `survey`."""

    code: str
    zh: str
    en: str
    unit: str
    decimals: int
    category: str


SYSTOLIC = Measure("8480-6", "收缩压", "Systolic blood pressure", "mm[Hg]", 0, "vital-signs")
DIASTOLIC = Measure("8462-4", "舒张压", "Diastolic blood pressure", "mm[Hg]", 0, "vital-signs")
PULSE = Measure("8867-4", "心率", "Heart rate", "/min", 0, "vital-signs")
HEIGHT = Measure("8302-2", "身高", "Body height", "cm", 1, "vital-signs")
WEIGHT = Measure("29463-7", "体重", "Body weight", "kg", 1, "vital-signs")
BMI = Measure("39156-5", "体质指数", "Body mass index", "kg/m2", 1, "vital-signs")
GLUCOSE = Measure("14771-0", "空腹血糖", "Fasting glucose in serum or plasma", "mmol/L", 1, "laboratory")
HBA1C = Measure("4548-4", "糖化血红蛋白", "Hemoglobin A1c in blood", "%", 1, "laboratory")
LDL = Measure("22748-8", "低密度脂蛋白胆固醇", "LDL cholesterol in serum or plasma", "mmol/L", 2, "laboratory")
CREATININE = Measure("14682-9", "肌酐", "Creatinine in serum or plasma", "umol/L", 0, "laboratory")
FEV1_FVC = Measure("19926-5", "一秒率", "FEV1/FVC", "%", 0, "laboratory")
PHQ9 = Measure("44261-6", "PHQ-9 总分", "PHQ-9 total score", "{score}", 0, "survey")
CERULOPLASMIN = Measure("2064-4", "铜蓝蛋白", "Ceruloplasmin in serum or plasma", "mg/dL", 1, "laboratory")
MEASURES = (
    *(SYSTOLIC, DIASTOLIC, PULSE, HEIGHT, WEIGHT, BMI, GLUCOSE, HBA1C, LDL, CREATININE, FEV1_FVC, PHQ9),
    CERULOPLASMIN,
)
PRESSURE_PANEL = Concept("85354-9", "血压", "Blood pressure panel")
OLD_PRESSURE_PANEL = Concept("55284-4", "血压", "Blood pressure systolic and diastolic")

ACUTE = (
    Concept("54150009", "急性上呼吸道感染", "Upper respiratory infection", "J06.9"),
    Concept("10509002", "急性支气管炎", "Acute bronchitis", "J20.9"),
    Concept("25458004", "急性胃炎", "Acute gastritis", "K29.1"),
    Concept("279039007", "腰痛", "Low back pain", "M54.5"),
    Concept("68566005", "尿路感染", "Urinary tract infectious disease", "N39.0"),
)
CHECK_UP = Concept("185349003", "健康检查", "Encounter for check up")
FOLLOW_UP = Concept("390906007", "复诊", "Follow-up encounter")
SYMPTOM = Concept("185345009", "因症就诊", "Encounter for symptom")
ADMISSION = Concept("32485007", "住院", "Hospital admission")

AMOXICILLIN = Concept("J01CA04", "阿莫西林胶囊", "Amoxicillin")
IBUPROFEN = Concept("M01AE01", "布洛芬缓释胶囊", "Ibuprofen")
OMEPRAZOLE = Concept("A02BC01", "奥美拉唑肠溶胶囊", "Omeprazole")
ACUTE_MEDICINES = dict(
    zip((c.code for c in ACUTE), (IBUPROFEN, AMOXICILLIN, OMEPRAZOLE, IBUPROFEN, AMOXICILLIN), strict=True)
)

ECG = Concept("29303009", "心电图检查", "Electrocardiographic procedure")
CHEST_XRAY = Concept("399208008", "胸部X线检查", "Plain chest X-ray")

INFLUENZA = Concept("140", "流感疫苗", "Influenza, seasonal, injectable, preservative free")
PNEUMOCOCCAL = Concept("33", "23价肺炎球菌多糖疫苗", "Pneumococcal polysaccharide PPV23")
CORONAVAC = Concept("511", "新型冠状病毒灭活疫苗", "COVID-19 IV Non-US Vaccine (CoronaVac, Sinovac)")
HEPATITIS_B = Concept("08", "乙型肝炎疫苗", "Hepatitis B, adolescent or pediatric")
MMR = Concept("03", "麻腮风疫苗", "MMR")

ALLERGIES = (
    (Concept("91936005", "青霉素过敏", "Allergy to penicillin"), "medication"),
    (Concept("300913006", "贝类过敏", "Allergy to shellfish"), "food"),
    (Concept("232350006", "尘螨过敏", "House dust mite allergy"), "environment"),
)
