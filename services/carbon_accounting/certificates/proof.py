"""Whether certificates stand as their events say."""

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.replay import event_of, replayed
from services.carbon_accounting.certificates.rows import standing_of
from services.runtime.database import Connection


async def standings_differ(connection: Connection, park_id: str) -> list[str]:
    """Return the ids of certificates that do not stand as their events say; none should."""
    events = await (await connection.execute(sql.EVENTS, (park_id,))).fetchall()
    kept = await (await connection.execute(sql.STANDINGS, (park_id,))).fetchall()
    said = replayed((row[0], event_of(row[1], row[2])) for row in events)
    found = {row[0]: standing_of(row) for row in kept}
    return sorted(id for id in said.keys() | found.keys() if said.get(id) != found.get(id))


async def broken_certificates(connection: Connection, park_id: str) -> list[str]:
    """Return in words which certificates do not, or that their events cannot have happened."""
    try:
        differing = await standings_differ(connection, park_id)
    except ValueError as refused:
        return [f"certificates: {refused}"]
    uncharged = await (await connection.execute(sql.UNCHARGED, (park_id,))).fetchall()
    return [
        *(f"certificate {id} does not stand as its events say" for id in differing),
        *(f"certificate {id} is of a charge that was never taken" for (id,) in uncharged),
    ]
