"""Whatever happens to the spool, in whatever order: nothing promised is lost, order holds."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.ingest.spool.entry import Entry, encoded, size_of
from services.ingest.spool.log import Place, SpoolLog
from tests.support.spool import an_entry, killed_copy, number_of

LIMIT_BYTES = 512 * 1024
KEYS = ("park/a", "park/b", "park/c")


class Spool(RuleBasedStateMachine):
    """A spool beside a list of what it has promised to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="parkflow-spool-"))
        self.life = 0
        self.spool = SpoolLog(self.root / "0", LIMIT_BYTES)
        self.promised: list[Entry] = []
        self.written = 0
        self.on_its_way: list[tuple[Entry, Place]] = []

    @rule(count=st.integers(1, 5), key=st.sampled_from(KEYS), size=st.integers(8, 60_000))
    def append(self, count: int, key: str, size: int) -> None:
        entries = [an_entry(self.written + n, key, size) for n in range(count)]
        if not self.spool.has_room(entries):
            return
        self.spool.append(entries)
        self.promised += entries
        self.written += count

    @rule(most=st.integers(1, 7))
    def hand_over(self, most: int) -> None:
        self.on_its_way = self.spool.peek(most, LIMIT_BYTES)

    @rule()
    def kafka_has_it(self) -> None:
        gone = {number_of(entry) for entry, _ in self.on_its_way}
        self.spool.release(self.on_its_way)
        self.promised = [entry for entry in self.promised if number_of(entry) not in gone]
        self.on_its_way = []

    @rule(torn=st.integers(0, 200))
    def is_killed(self, torn: int) -> None:
        self.life += 1
        half_written = encoded(an_entry(self.written))[:-1][:torn]
        folder = killed_copy(
            self.root / f"{self.life - 1}", self.root / f"{self.life}", half_written
        )
        self.spool.close()
        self.spool = SpoolLog(folder, LIMIT_BYTES)
        self.on_its_way = []

    @rule()
    def drops_the_oldest(self) -> None:
        gone = self.spool.drop_oldest_segment().total()
        self.promised = self.promised[gone:]

    @invariant()
    def everything_promised_is_there_in_order(self) -> None:
        found = [entry for entry, _ in self.spool.peek(1_000_000, 1 << 40)]
        assert found == self.promised
        assert self.spool.frames == len(self.promised)
        expected = {key: sum(e.key == key for e in self.promised) for key in KEYS}
        assert {k[1]: n for k, n in self.spool.waiting().items() if n} == {
            key: count for key, count in expected.items() if count
        }

    @invariant()
    def it_keeps_to_its_limit(self) -> None:
        on_disk = sum(file.stat().st_size for file in self.root.glob(f"{self.life}/*.spool"))
        assert on_disk == self.spool.size_bytes
        assert sum(map(size_of, self.promised)) <= on_disk <= LIMIT_BYTES + 200 * (self.life + 1)

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.root)


TestSpool = Spool.TestCase
TestSpool.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
