"""What came for readings that are out of memory, worked out from the readings around it.

The answer is exact when `around` reaches from a believed reading at or before the quarter of the
last believed one before the change, to one at or after the end of the quarter of the first after.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.validation.domain.energy.edits import Edit
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.readings import JudgedRows
from services.validation.domain.energy.stepping import Advanced, advance
from services.validation.domain.energy.table import RegisterTable


def recalled(
    table: RegisterTable,
    register: int,
    around: JudgedRows,
    edits_around: Sequence[Edit],
    rows: JudgedRows,
    edits: Sequence[Edit],
    *,
    known_at_us: int,
) -> Advanced:
    """Return what `rows` and `edits` change among the readings and edits around them.

    All of them are about `register`. The state of the result is of these readings only.
    """
    name = table.ids[register]
    alone = RegisterTable.of_rules({name: table.rule(register)}, table.zone)
    registers = Registers(alone.ids, depth=max(32, len(around) + len(rows)))
    before = [replace(edit, register=0) for edit in edits_around]
    advance(registers, alone, _alone(around), before, known_at_us=known_at_us)
    new = [replace(edit, register=0) for edit in edits]
    step = advance(registers, alone, _alone(rows), new, known_at_us=known_at_us)
    intervals = replace(step.intervals, register=np.full(len(step.intervals), register))
    postings = tuple(replace(posting, register=register) for posting in step.postings)
    return replace(step, intervals=intervals, postings=postings)


def _alone(rows: JudgedRows) -> JudgedRows:
    return replace(rows, register=np.zeros(len(rows), np.int64))
