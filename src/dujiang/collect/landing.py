"""Landing brings a delivery ashore: the same one twice changes nothing, a run that was killed loses nothing, bad places stop nothing."""

from collections.abc import Iterator

from dujiang.collect.arrivals import Arrival, DeliveredFile, Finding, quarantine_name, raw_name
from dujiang.collect.delivery import Delivery, Meter, Metered, Tell
from dujiang.collect.manifest import Listed, Manifest, list_delivery, seal
from dujiang.collect.pouring import Rows, origin, row_of, rows_of
from dujiang.collect.readers.items import Broken, Many, Record, Remark
from dujiang.collect.readers.reading import Look, form_of, head_of, look, read
from dujiang.collect.readers.versions import version
from dujiang.collect.readers.writing import bounded
from dujiang.collect.sources import Source, check_open
from dujiang.collect.stowing import SLICE, Hold, Stowed
from dujiang.collect.tally import Tally
from dujiang.world import Blobs, World

READINGS = 3  # every byte is read to hash it, to seal it, to parse it
_FILE = 1 << 40  # places in the arrival's order that a file has
_QUARANTINE = {"file": "VARCHAR", "line": "BIGINT", "rule": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR"}

Planned = tuple[Listed, Look, str]  # a file, what its beginning says, the form of its records


def land(world: World, source: Source, delivery: Delivery, progress: Tell, *, slice_size: int = SLICE) -> Arrival:
    """Hash, seal, then parse the sealed copy into records and quarantine; returns the landed arrival for the gate to keep.

    `progress(done, total)` counts bytes, each three times. Refused for a closed source, Malformed for an empty delivery,
    Conflict when a file changes meanwhile. Running it again after any failure continues and ends the same. `slice_size`:
    bytes of long records held in memory at once.
    """
    check_open(source)
    meter = Meter(progress, READINGS * sum(delivery[n].size for n in range(len(delivery))))
    manifest = list_delivery(source.id, delivery, meter)
    known = world.tables.find(Arrival, manifest.id)
    if known is not None and known.state == "landed":
        return known
    seal(world.blobs, source.zone, manifest, meter)
    plan = _plan(world.blobs, source, manifest)
    tally = Tally()
    reading = _Reading(world.blobs, source.zone, manifest.id, plan=plan, tally=tally, meter=meter)
    stowed = _stow(world, reading, slice_size)
    meter.finish()
    tally.findings += _other_content(world, source, manifest)
    files = tuple(DeliveredFile(name=one.file.name, size=one.size, sha256=one.sha256, form=form) for one, _, form in plan)
    return Arrival(
        id=manifest.id, state="landed", source=source.id, zone=source.zone, files=files, records=sum(stowed.by_kind.values()),
        quarantined=tally.quarantined, by_kind=stowed.by_kind, by_rule=dict(sorted(tally.by_rule.items())),
        findings=tuple(tally.findings), received=world.clock.now().isoformat(),
    )


def _plan(blobs: Blobs, source: Source, manifest: Manifest) -> list[Planned]:
    """A look at the beginning of every sealed file; the source's hint decides a version that was left open, and any it names."""
    looks = []
    for listed in manifest.files:
        with blobs.read(source.zone, raw_name(manifest.id, listed.sha256)) as stream:
            looks.append(look(listed.file.name, head_of(stream), source.form))
    scores = [seen.score for seen in looks]
    return [(listed, seen, _form(source, seen, scores)) for listed, seen in zip(manifest.files, looks, strict=True)]


def _form(source: Source, seen: Look, scores: list[int]) -> str:
    if form := form_of(seen):
        return form
    return source.form if source.form.startswith("fhir") else version(seen.score, scores)


class _Reading:
    """The delivery's records, read from the sealed copies in order; what is no record goes to the tally."""

    def __init__(self, blobs: Blobs, zone: str, arrival: str, *, plan: list[Planned], tally: Tally, meter: Meter) -> None:
        self._blobs, self.zone, self.arrival = blobs, zone, arrival
        self._plan, self.tally, self._meter = plan, tally, meter

    def __iter__(self) -> Iterator[Rows]:
        seen: set[str] = set()
        for number, (listed, beginning, form) in enumerate(self._plan):
            if listed.sha256 in seen:
                self.tally.count("file.duplicate")
                self.tally.findings.append(Finding(rule="file.duplicate", file=listed.file.name))
                self._meter.add(listed.size)
                continue
            seen.add(listed.sha256)
            yield from self._file(listed, beginning, form, number * _FILE)

    def _file(self, listed: Listed, beginning: Look, form: str, base: int) -> Iterator[Rows]:
        shared, place = origin(form, listed.file.name), 0
        with self._blobs.read(self.zone, raw_name(self.arrival, listed.sha256)) as stream:
            for item in read(Metered(stream, self._meter), listed.file.name, beginning):
                if isinstance(item, Many):
                    yield rows_of(item, base + place, shared)
                    place += len(item.keys)
                    continue
                if isinstance(item, Record):
                    item = bounded(item)
                if isinstance(item, Record):
                    yield row_of(item, base + (_FILE - 1 - place if item.backwards else place), shared)
                else:
                    self._note(listed.file.name, item)
                place += 1

    def _note(self, file: str, item: Broken | Remark) -> None:
        if isinstance(item, Broken):
            self.tally.set_aside(file, item)
        else:
            self.tally.remark(file, item)


def _stow(world: World, reading: _Reading, slice_size: int) -> Stowed:
    """Both tables of the arrival; the quarantine's comes last because it is complete only when all records are read."""
    zone, arrival = reading.zone, reading.arrival
    with world.frames() as frames:
        stowed = Hold(frames, world.blobs, zone, arrival, slice_size=slice_size).stow(iter(reading))
        frames.load("quarantine", _QUARANTINE, reading.tally.rows())
        frames.save("SELECT * FROM quarantine ORDER BY file, line, rule, key", zone, quarantine_name(arrival))
    reading.tally.count("record.duplicate", stowed.duplicates)
    reading.tally.count("record.superseded", stowed.superseded)
    return stowed


def _other_content(world: World, source: Source, manifest: Manifest) -> Iterator[Finding]:
    """Files whose name an earlier arrival of the source used for other content; both arrivals are kept."""
    before: dict[str, tuple[str, str]] = {}
    for arrival in world.tables.all(Arrival, parent=source.id):
        before.update({f.name: (f.sha256, arrival.id) for f in arrival.files})
    for listed in manifest.files:
        sha256, arrival_id = before.get(listed.file.name, (listed.sha256, ""))
        if sha256 != listed.sha256:
            yield Finding(rule="file.same_name_other_content", file=listed.file.name, what=arrival_id)
