"""What the command says of wrong files."""

from tests.support.booking import Booked


def mistakes_in(refused: Booked) -> list[str]:
    """What is wrong, without line and cure."""
    assert refused.code == 2
    told = refused.refused.splitlines()
    return [line.split(": ", 1)[1].rsplit(" - ", 1)[0] for line in told]
