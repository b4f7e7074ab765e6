"""The log on disk: what was promised is found again, in order, within its bounds."""

import os
from pathlib import Path

import pytest

from services.ingest.spool.entry import encoded, found_in, size_of
from services.ingest.spool.log import FolderTaken, SpoolLog
from tests.support.spool import MIB, an_entry, flip_a_byte, killed_copy, waiting_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_an_entry_is_read_as_it_was_written() -> None:
    entry = an_entry(7)

    (found,) = found_in(encoded(entry))

    assert found.entry == entry
    assert found.end == len(encoded(entry)) == size_of(entry)


def test_what_was_appended_comes_out_in_the_same_order(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)

    spool.append([an_entry(1), an_entry(2)])
    spool.append([an_entry(3)])

    assert waiting_in(spool) == [1, 2, 3]


def test_a_released_entry_does_not_come_again_after_a_restart(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(n) for n in range(5)])
    spool.release(spool.peek(2, MIB))
    spool.close()

    again = SpoolLog(folder, MIB)

    assert waiting_in(again) == [2, 3, 4]


def test_an_empty_spool_takes_no_disk(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1)])

    spool.release(spool.peek(1, MIB))

    assert spool.size_bytes == 0
    assert not list(folder.glob("*.spool"))
    assert spool.oldest_at_us is None


def test_a_torn_tail_is_dropped_because_nobody_was_promised_it(
    folder: Path, tmp_path: Path
) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1)])
    torn = encoded(an_entry(2))[:-1]

    after_the_kill = SpoolLog(killed_copy(folder, tmp_path / "copy", torn), MIB)

    assert waiting_in(after_the_kill) == [1]
    assert after_the_kill.recovered.torn_bytes == len(torn)
    assert after_the_kill.recovered.damaged_bytes == 0


def test_new_entries_never_follow_a_torn_tail_in_its_file(folder: Path, tmp_path: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1)])
    copy = killed_copy(folder, tmp_path / "copy", b"PFsp\x00")

    second = SpoolLog(copy, MIB)
    second.append([an_entry(2)])
    second.close()

    assert waiting_in(SpoolLog(copy, MIB)) == [1, 2]


def test_damage_in_the_middle_is_told_and_costs_only_what_it_hit(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(n) for n in (1, 2, 3)])
    spool.close()
    size = size_of(an_entry(1))
    flip_a_byte(next(folder.glob("*.spool")), size + size // 2)

    again = SpoolLog(folder, MIB)

    assert waiting_in(again) == [1, 3]
    assert again.recovered.damaged_bytes == size


def test_a_torn_mark_costs_only_repetitions(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1), an_entry(2)])
    spool.release(spool.peek(1, MIB))
    spool.close()
    (folder / "mark").write_bytes(b"\x00" * 7)

    assert waiting_in(SpoolLog(folder, MIB)) == [1, 2]


def test_a_file_that_a_power_cut_brings_back_is_not_sent_again(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1)])
    first = next(folder.glob("*.spool"))
    content = first.read_bytes()
    spool.release(spool.peek(1, MIB))
    spool.append([an_entry(2)])
    spool.release(spool.peek(1, MIB))
    spool.close()
    first.write_bytes(content)

    assert waiting_in(SpoolLog(folder, MIB)) == []


def test_it_is_full_when_the_files_would_pass_the_limit(folder: Path) -> None:
    spool = SpoolLog(folder, 10 * size_of(an_entry(0)))
    spool.append([an_entry(n) for n in range(9)])

    assert spool.has_room([an_entry(9)])
    assert not spool.has_room([an_entry(9), an_entry(10)])


def test_dropping_the_oldest_frees_room_and_says_whose_frames_went(folder: Path) -> None:
    spool = SpoolLog(folder, 4 * MIB)
    for number in range(12):
        spool.append([an_entry(number, f"park/{number % 2}", size=200_000)])
    before = spool.size_bytes

    gone = spool.drop_oldest_segment()

    assert sum(gone.values()) + spool.frames == 12
    assert waiting_in(spool) == list(range(sum(gone.values()), 12))
    assert spool.size_bytes < before
    assert set(gone) == {("telemetry.readings.v1", "park/0"), ("telemetry.readings.v1", "park/1")}


def test_releasing_what_was_dropped_meanwhile_lets_nothing_else_go(folder: Path) -> None:
    spool = SpoolLog(folder, 4 * MIB)
    for number in range(4):
        spool.append([an_entry(number, size=300_000)])
    on_its_way = spool.peek(1, MIB)
    spool.drop_oldest_segment()
    left = waiting_in(spool)

    assert spool.release(on_its_way).total() == 0
    assert waiting_in(spool) == left != []


def test_two_processes_cannot_share_a_folder(folder: Path) -> None:
    first = SpoolLog(folder, MIB)

    with pytest.raises(FolderTaken, match="PARKFLOW_SPOOL_FOLDER"):
        SpoolLog(folder, MIB)
    first.close()


def test_a_full_disk_keeps_nothing_of_the_write_and_later_writes_succeed(folder: Path) -> None:
    spool = SpoolLog(folder, MIB)
    spool.append([an_entry(1)])
    real = os.fdatasync
    os.fdatasync = _no_space  # the kernel's answer, not ours: nothing else can make it here
    try:
        with pytest.raises(OSError, match="No space left"):
            spool.append([an_entry(2)])
    finally:
        os.fdatasync = real

    spool.append([an_entry(2)])

    assert waiting_in(spool) == [1, 2]
    spool.close()
    assert waiting_in(SpoolLog(folder, MIB)) == [1, 2]


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")
