"""An entry as an enterprise is shown it: without meters of others, in origins and in reasons."""

from parkflow.carbon.v1.entry_pb2 import LedgerEntry
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.tracing.origins import SUPPLY_KINDS, UNACCOUNTED, UNKNOWN
from services.carbon_accounting.live.changed_inputs import roles_of, told_without_names
from services.carbon_accounting.rpc.access import Viewer, own_meters, own_sources

METERED = SUPPLY_KINDS | {UNKNOWN, UNACCOUNTED}
"""Kinds of origin whose source is a meter, a store or a node; that of a certificate is its own."""


def shown(entry: LedgerEntry, viewer: Viewer, site: Site) -> LedgerEntry:
    """Return the entry, of which an enterprise is told no name that is not its own."""
    known = own_sources(viewer, site)
    if known is None:
        return entry
    kind, _, source = entry.origin.partition(":")
    if kind in METERED and source not in known:
        entry.origin = kind
    if entry.meter not in own_meters(viewer, site):  # a shared one's reading is others' too
        del entry.source_point_ids[:], entry.source_words[:]
    entry.ClearField("basis_sha256")  # it tells when anything of others changed
    if entry.restated_because:
        entry.restated_because = told_without_names(roles_of(entry.restated_because))
    return entry
