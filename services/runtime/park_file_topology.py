"""Sections `topology` and `virtual_points` of a park file: what stands behind which meter, and
points that nobody measures. Both are optional."""

from collections.abc import Collection, Sequence

from services.energy.formula import NotAFormula, VirtualPoint, formula_of, rings_of, unknown_inputs
from services.energy.quantities import FLOWS_IN, REGISTERS, Quantity
from services.energy.site import Device, Node, Point
from services.energy.topology import flaws_of
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    between,
    duration,
    identifier,
    kilo,
    nearest,
    not_negative,
    number,
)

_share = between(0, 1, number)
DEFAULT = Node("", "", ())


def read_node(at: Section) -> Node:
    """Return one node of the topology."""
    return at.build(
        Node,
        id=at.need("id", identifier),
        meter_id=at.need("meter", identifier),
        children=at.each("children", identifier),
        loss_share=at.may("loss_share", _share, DEFAULT.loss_share),
        standing_loss_w=at.may("standing_loss_kw", not_negative(kilo), DEFAULT.standing_loss_w),
        tolerance_share=at.may("tolerance_share", _share, DEFAULT.tolerance_share),
        tolerance_wh=at.may("tolerance_kwh", not_negative(_whole_wh), DEFAULT.tolerance_wh),
    )


def read_virtual_point(at: Section) -> VirtualPoint:
    """Return one virtual point."""
    point_id = at.need("id", _virtual_id)
    text = at.need("formula", _formula)
    step = at.need("step", duration)
    return at.build(VirtualPoint.of, point_id=point_id, text=text, step=step)


def check_topology(
    sections: Sequence[Section],
    nodes: Sequence[Node],
    devices: Sequence[Device],
    points: Sequence[Point],
) -> None:
    """Report everything wrong with the nodes that could be read."""
    read = [(at, node) for at, node in zip(sections, nodes, strict=True) if node is not WRONG]
    counted = {point.device_id for point in points if point.quantity in FLOWS_IN}
    metered = {device.id: device.carrier for device in devices if device.id in counted}
    for flaw in flaws_of([node for _, node in read], metered):
        read[flaw.node][0].wrong(flaw.key, flaw.what, flaw.cure)


def check_virtual_points(
    sections: Sequence[Section], virtual: Sequence[VirtualPoint], points: Sequence[Point]
) -> None:
    """Report virtual points that hide a device, need unknown points, or need each other."""
    read = [(at, one) for at, one in zip(sections, virtual, strict=True) if one is not WRONG]
    devices = {point.device_id for point in points}
    known = [*(point.id for point in points), *(one.id for _, one in read)]
    rings = rings_of([one for _, one in read])
    for at, one in read:
        device = one.id.rpartition(".")[0]
        if device in devices:
            at.wrong("id", f"is of a device ({device!r})", "take a name that no device has")
        _check_inputs(at, one, known)
        if one.id in rings:
            at.wrong("formula", f"needs {one.id!r} itself", "break the ring")


def _check_inputs(at: Section, one: VirtualPoint, known: Collection[str]) -> None:
    for name in unknown_inputs(one, known):
        at.wrong("formula", f"names no point ({name!r})", nearest(name, known))


def _virtual_id(text: str) -> str:
    name, _, quantity = text.rpartition(".")
    identifier(name)
    if quantity not in set(Quantity):
        raise Misread("does not end in a quantity", nearest(quantity, list(Quantity)))
    if Quantity(quantity) in REGISTERS:
        raise Misread(
            "is a register", "registers are summed by the topology; name another quantity"
        )
    return text


def _formula(text: str) -> str:
    try:
        formula_of(text)
    except NotAFormula as mistake:
        raise Misread(mistake.what, mistake.cure) from None
    return text


def _whole_wh(text: str) -> int:
    return round(kilo(text))
