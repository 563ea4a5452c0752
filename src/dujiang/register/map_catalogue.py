"""A node's published assets as a HealthDCAT-AP catalogue in JSON-LD: metadata of data that stays where it is, no count that is small.

After the HealthDCAT-AP specification (DCAT-AP 3 with the health extension, properties of data that is not public). Whoever publishes it fills in what a
program cannot know: the contact's address and the health data access body of its country.
"""

from collections.abc import Sequence
from typing import Any

from dujiang.register.assets import Asset
from dujiang.words import Grade, Saying, Word

FEW = 10  # a number of persons below it is not told
EU = "http://publications.europa.eu/resource/authority/"
CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "dcatap": "http://data.europa.eu/r5r/", "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#", "dpv": "https://w3id.org/dpv#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "adms": "http://www.w3.org/ns/adms#", "xsd": "http://www.w3.org/2001/XMLSchema#", "healthdcatap": "http://healthdataportal.eu/ns/health#",
}
# What the specification asks of a dataset that is not public.
REQUIRED = (
    "dct:title", "dct:description", "dct:identifier", "dct:accessRights", "dct:publisher", "dct:provenance", "dct:type", "dcat:theme", "dcat:keyword",
    "dcat:contactPoint", "dcat:distribution", "dcatap:applicableLegislation", "healthdcatap:hdab", "healthdcatap:healthCategory", "dpv:hasPurpose",
)
EHDS = "http://data.europa.eu/eli/reg/2025/327/oj"
_ABOUT = Saying(
    en="Health records of one institution in standard tables (OMOP CDM 5.4). The data stays at the institution; requests travel to it.",
    zh="一家医疗机构以标准表（OMOP CDM 5.4）保存的健康记录。数据不出机构，申请送达数据所在地执行。",
)


class Teller(Word, frozen=True):
    """Who publishes the catalogue: the party's id, the address its things are named under, its name, how to write to it, and the access body."""

    party: str
    base: str
    name: Saying
    contact: str = ""
    access_body: str = ""


def catalogue(teller: Teller, assets: Sequence[Asset]) -> dict[str, Any]:
    """The catalogue of what is published."""
    shown = [a for a in assets if a.state == "published"]
    return {
        "@context": CONTEXT, "@id": f"{teller.base}/catalogue", "@type": "dcat:Catalog", "dct:title": _both(teller.name), "dct:description": _both(_ABOUT),
        "dct:publisher": _agent(teller), "dcat:dataset": [dataset(teller, a) for a in shown],
    }


def dataset(teller: Teller, asset: Asset) -> dict[str, Any]:
    """One asset version."""
    place = f"{teller.base}/asset/{asset.id}"
    told: dict[str, Any] = {
        "@id": place, "@type": "dcat:Dataset", "dct:title": _both(asset.name), "dct:description": _both(_ABOUT), "dct:identifier": asset.id,
        "dct:accessRights": _id(f"{EU}access-right/{'PUBLIC' if asset.grade == Grade.OPEN else 'NON_PUBLIC'}"), "dct:publisher": _agent(teller),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _provenance(asset)}, "dct:type": _id(f"{EU}dataset-type/PERSONAL_DATA"),
        "dcat:theme": _id(f"{EU}data-theme/HEAL"), "dcat:keyword": [{"@language": "en", "@value": t.name.replace("_", " ")} for t in asset.tables if t.rows],
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": teller.name.en, **({"vcard:hasEmail": _id(f"mailto:{teller.contact}")} if teller.contact else {})},
        "dcatap:applicableLegislation": _id(EHDS), "healthdcatap:hdab": {"@type": "foaf:Agent", "foaf:name": teller.access_body or "to be named by the publisher"},
        "healthdcatap:healthCategory": _id("http://healthdataportal.eu/ns/health#EHRS"), "dpv:hasPurpose": _id("https://w3id.org/dpv#ScientificResearch"),
        "healthdcatap:numberOfRecords": _count(sum(t.rows for t in asset.tables)), "adms:versionNotes": f"content {asset.content}",
        "dct:conformsTo": _id("https://ohdsi.github.io/CommonDataModel/cdm54.html"),
        "dcat:distribution": {
            "@type": "dcat:Distribution", "dcat:accessURL": _id(place), "dct:title": _both(asset.name), "dcatap:applicableLegislation": _id(EHDS),
            "dct:format": _id(f"{EU}file-type/PARQUET"),
        },
    }
    if asset.persons >= FEW:
        told["healthdcatap:numberOfUniqueIndividuals"] = _count(asset.persons)
    return told


def lacking(told: dict[str, Any]) -> tuple[str, ...]:
    """Which required properties a dataset lacks or leaves empty."""
    return tuple(name for name in REQUIRED if not told.get(name))


def _provenance(asset: Asset) -> list[dict[str, str]]:
    n = len(asset.snapshots)
    return _both(Saying(
        en=f"Standardised from {n} zone(s) of the institution's own sources; content fixed by its hash.",
        zh=f"由本机构 {n} 个来源分区标准化而成，内容由哈希固定。",
    ))


def _agent(teller: Teller) -> dict[str, Any]:
    return {"@id": f"{teller.base}/party/{teller.party}", "@type": "foaf:Agent", "foaf:name": _both(teller.name)}


def _both(says: Saying) -> list[dict[str, str]]:
    return [{"@language": "en", "@value": says.en}, {"@language": "zh", "@value": says.zh}]


def _id(iri: str) -> dict[str, str]:
    return {"@id": iri}


def _count(number: int) -> dict[str, str]:
    return {"@type": "xsd:nonNegativeInteger", "@value": str(number)}
