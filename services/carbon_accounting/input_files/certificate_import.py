"""The file of `--certificates`: one row is a certificate and what of it is claimed for whom.

Columns are in docs/carbon-certificates.md. All mistakes are told at once, each with line, field,
value and cure. Nothing of a file with mistakes is used; its sound rows are judged all the same, so
that what is wrong with their claims is told with the rest.
"""

import csv
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.carbon_accounting.domain.certificates.certificate import IdRange
from services.carbon_accounting.domain.certificates.charging import storing
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import (
    FAMILY,
    Claim,
    ClaimKind,
    Evidence,
    Family,
    free_ids,
)
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.stored import Charge
from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    EmissionRate,
    attribute_of,
)
from services.carbon_accounting.input_files.certificate_cells import Cells
from services.carbon_accounting.input_files.certificate_parts import (
    OPTIONAL,
    REQUIRED,
    Books,
    certificate_in,
    check_claim,
    check_standing,
    claim_in,
    rate_in,
    standing_in,
)
from services.carbon_accounting.input_files.mistakes import Mistake
from services.carbon_accounting.saved_files import is_said, odd_header


@dataclass(slots=True)
class CertificateFile:
    """What a file's sound rows say: certificates by id, claims in order, the line each came from.

    `lines` are those of claims, `certificate_lines` where a certificate stands first; `mistakes`
    is what is wrong with the other rows.
    """

    name: str
    standings: dict[str, Standing] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    rates: dict[str, EmissionRate] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    certificate_lines: dict[str, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    taken: dict[str, dict[Family, list[IdRange]]] = field(
        default_factory=lambda: defaultdict(lambda: {family: [] for family in Family})
    )
    """Which ids rows before claimed: a row says how much of a certificate, not which ids."""

    def add(self, claim: Claim, rate: EmissionRate | None, line: int) -> None:
        """Take a claim in; of what was stored nobody uses the rate."""
        self.claims.append(claim)
        if rate is not None:
            self.rates[claim.certificate_id] = rate
        self.lines[claim.id] = line
        insort(self.taken[claim.certificate_id][claim.family], claim.ids)


@dataclass(frozen=True, slots=True)
class Held:
    """What may be matched, by claimant, and what is wrong with the other claims."""

    attributes: Mapping[str, Sequence[Attribute]]
    claims: tuple[Claim, ...]
    mistakes: tuple[Mistake, ...]


def read_certificates(path: Path, books: Books) -> CertificateFile:
    """Return what a file says and its mistakes; dates and months are those of the park.

    OSError when it cannot be opened.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        return certificates_in(path.name, file, books)


def certificates_in(name: str, lines: Iterable[str], books: Books) -> CertificateFile:
    """Return what the lines of a file say and their mistakes, as `read_certificates`."""
    found, reached = CertificateFile(name), 1
    mistakes = found.mistakes
    try:
        rows = csv.DictReader(lines, strict=True)
        mistakes.extend(_header_mistakes(name, rows.fieldnames or ()))
        for row in filter(is_said, rows) if not mistakes else ():
            reached = rows.line_num
            cells = Cells(name, reached, row, books.zone)
            _check_length(cells, row)
            _read_row(cells, found, reached, books)
            mistakes.extend(dict.fromkeys(cells.mistakes))
        _add_charges(found)
    except (UnicodeDecodeError, csv.Error) as mistake:
        cure = "save the file as CSV in UTF-8"
        mistakes.append(Mistake(name, reached, "file", repr(str(mistake)), cure))
    return found


def _add_charges(file: CertificateFile) -> None:
    """Add what the certificates of discharges take out of those that stores were charged with."""
    for certificate in [one.certificate for one in file.standings.values()]:
        if (charge := certificate.charge) is not None:
            line = file.certificate_lines[certificate.id]
            file.add(storing(certificate, charge, _charged_ids(file, charge)), None, line)


def _charged_ids(file: CertificateFile, charge: Charge) -> IdRange:
    """Return the next free ids of the charged certificate, its first where none are."""
    standing = file.standings.get(charge.certificate_id)
    if standing is None:
        return IdRange.of(0, charge.charged_wh)
    ids = standing.certificate.ids
    taken = file.taken[charge.certificate_id][FAMILY[ClaimKind.STORED]]
    return free_ids(ids, taken, charge.charged_wh) or IdRange.of(ids.first, charge.charged_wh)


def held(file: CertificateFile, evidence: Evidence) -> Held:
    """Judge the claims of a file against what was metered; refusals name their lines.

    With them stand the mistakes of the other rows, all in the order of their lines.
    Only claims on green power from the grid are matched: an offset covers no consumption, and what
    was used where it was made is known from the tracing and never counted a second time.
    """
    verdicts = judged(file.claims, file.standings, evidence)
    refused = (
        Mistake(file.name, file.lines[claim], refusal.field, repr(refusal.value), refusal.why)
        for claim, refusals in verdicts.refused.items()
        for refusal in refusals
    )
    mistakes = tuple(sorted((*file.mistakes, *refused), key=lambda one: one.line))
    attributes = defaultdict[str, list[Attribute]](list)
    for claim in verdicts.accepted:
        certificate = file.standings[claim.certificate_id].certificate
        if claim.kind is ClaimKind.GREEN_POWER and certificate.use is Use.ON_GRID:
            one = attribute_of(claim, certificate, file.rates[certificate.id])
            attributes[claim.claimant].append(one)
    return Held(attributes, verdicts.accepted, mistakes)


def _header_mistakes(file: str, header: object) -> Iterator[Mistake]:
    names = list(header) if isinstance(header, list | tuple) else []
    odd = odd_header(",".join(names)) if names else ("is empty", "give a header line and rows")
    if odd:
        yield Mistake(file, 1, "file", *odd)
        return
    for name in sorted(REQUIRED - set(names)):
        yield Mistake(file, 1, name, "is no column", "add it")
    for name in sorted(set(names) - REQUIRED - OPTIONAL):
        yield Mistake(file, 1, name, "is an unknown column", "remove or rename it")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Mistake(file, 1, name, "is a column twice", "remove one")


def _check_length(cells: Cells, row: Mapping[str | None, object]) -> None:
    if None in row:
        cells.wrong("row", "has more cells than there are columns", str(row[None]))
    elif None in row.values():
        cells.wrong("row", "has fewer cells than there are columns", "")


def _read_row(cells: Cells, file: CertificateFile, line: int, books: Books) -> None:
    """Add what a row says, unless it has mistakes."""
    certificate = certificate_in(cells, books.zone)
    if certificate is None:
        check_standing(cells, books)
    standing = None if certificate is None else standing_in(cells, certificate, books)
    if standing is None or cells.mistakes:
        check_claim(cells)
        return
    known = file.standings.setdefault(standing.certificate.id, standing)
    file.certificate_lines.setdefault(known.certificate.id, line)
    if known != standing:
        cells.wrong("certificate", "stands in another row with other properties; make them agree")
        return
    claim = claim_in(cells, standing, file.taken[known.certificate.id], books)
    rate = None if claim is None else rate_in(cells, known.certificate)
    if claim is not None and rate is not None and not cells.mistakes:
        file.add(claim, rate, line)
