"""Reads VCF, plain, gzip or bgzip: each alternative allele that a sample carries is one genetic variant assessment (LOINC 69548-6).

Its value is the change as HGVS writes one (`chr7:g.140753336A>T`), the assembly before it where the header names one. Decision 0014.
Format: the Variant Call Format Specification, VCFv4.3.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.items import Broken, Item, Readable, Record, Remark
from dujiang.collect.readers.lines import lines
from dujiang.collect.readers.personal import LOINC, person_in, person_key
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import bounded, key_of, record, reference

VARIANT, ALLELIC_STATE = "69548-6", "53034-5"
HGVS = "http://varnomen.hgvs.org"
_FIXED = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_BASES, _CHROMOSOME = re.compile(r"[ACGTNacgtn]{1,10000}"), re.compile(r"[A-Za-z0-9._:*-]{1,64}")
_CALL = re.compile(r"(?:\.|\d{1,3})(?:[/|](?:\.|\d{1,3})){0,7}")
_META = re.compile(rb"##(fileDate|reference|contig)=(.{0,400})")
_ASSEMBLY = re.compile(r"(GRCh3[78]|hg19|hg38|T2T-CHM13)", re.IGNORECASE)
_MOST_SAMPLES = 10_000


class _Head(NamedTuple):
    day: str
    assembly: str
    persons: list[str]  # one for each sample


def is_variants(start: bytes) -> bool:
    """Whether a file begins as VCF."""
    return start.startswith(b"##fileformat=VCF")


def read_variants(stream: Readable, name: str) -> Iterator[Item]:
    """Every variant of every sample; a sample is the person of its name, or the folder's where the file has one sample."""
    day = assembly = ""
    head: _Head | None = None
    for line, raw, rule in lines(stream):
        if rule:
            yield Broken(line, rule)
        elif raw.startswith(b"##"):
            found = _META.match(raw)
            if found and found[1] == b"fileDate":
                day = moment(found[2].decode("ascii", "replace"))
            elif found and not assembly and (named := _ASSEMBLY.search(found[2].decode("ascii", "replace"))):
                assembly = named[1]
        elif head is None:
            samples = _samples(raw)
            if samples is None or len(samples) > _MOST_SAMPLES:
                yield Broken(line, "vcf.no_header")
                return
            folder = person_in(name)
            head = _Head(day, assembly, [folder] if folder and len(samples) == 1 else samples)
            if not samples:
                yield Remark("vcf.no_samples")
        elif raw.strip():
            yield from _variants(head, raw, line)
    if head is None:
        yield Broken(1, "vcf.no_header")


def _samples(raw: bytes) -> list[str] | None:
    columns = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")
    if columns[:8] != _FIXED or (len(columns) > 8 and columns[8] != "FORMAT") or len(set(columns[9:])) < len(columns[9:]):
        return None
    return columns[9:]


def _variants(head: _Head, raw: bytes, line: int) -> Iterator[Item]:
    cells = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")
    if len(cells) != (9 + len(head.persons) if head.persons else 8) and not (len(cells) == 9 and not head.persons):
        yield Broken(line, "csv.columns")
        return
    chromosome, place, ref, alts = cells[0], cells[1], cells[3], cells[4].split(",")
    if not _CHROMOSOME.fullmatch(chromosome) or not place.isascii() or not place.isdigit() or len(place) > 12 or not _BASES.fullmatch(ref):
        yield Broken(line, "vcf.bad_variant")
        return
    if not head.persons or cells[8].split(":")[0] != "GT":
        return
    for person, call in zip(head.persons, cells[9:], strict=True):
        genotype = call.split(":")[0]
        alleles = re.split(r"[/|]", genotype)
        if not _CALL.fullmatch(genotype) or any(one != "." and int(one) > len(alts) for one in alleles):
            yield Broken(line, "vcf.bad_variant")
            continue
        for nth in sorted({int(one) for one in alleles if one not in (".", "0")}):
            change = hgvs(chromosome, int(place), ref.upper(), alts[nth - 1].upper())
            if change:
                state = "homozygous" if set(alleles) == {str(nth)} and len(alleles) > 1 else "hemizygous" if len(alleles) == 1 else "heterozygous"
                yield bounded(_observed(head, person, change, line=line, state=state))
            elif alts[nth - 1] != "*":
                yield Broken(line, "vcf.symbolic")


def hgvs(chromosome: str, place: int, ref: str, alt: str) -> str:
    """The change as HGVS writes it in genomic coordinates, from the left-aligned alleles of the file; empty for symbolic ones."""
    if not _BASES.fullmatch(alt) or alt == ref:
        return ""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, place = ref[1:], alt[1:], place + 1
    last = place + len(ref) - 1
    if len(ref) == len(alt) == 1:
        return f"{chromosome}:g.{place}{ref}>{alt}"
    if not ref:
        return f"{chromosome}:g.{place - 1}_{place}ins{alt}"
    span = str(place) if last == place else f"{place}_{last}"
    return f"{chromosome}:g.{span}" + (f"delins{alt}" if alt else "del")


def _observed(head: _Head, person: str, change: str, *, line: int, state: str) -> Record:
    value = f"{head.assembly}:{change}" if head.assembly else change
    return record("Observation", key_of("Observation", person_key(person), "variant", value), line, {
        "status": "final", "subject": reference("Patient", person_key(person)), "effectiveDateTime": head.day,
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": VARIANT, "display": "Genetic variant assessment"}]},
        "valueCodeableConcept": {"coding": [{"system": HGVS, "code": value}], "text": value},
        "interpretation": [{"coding": [{"system": LOINC, "code": ALLELIC_STATE}], "text": state}],
    })
