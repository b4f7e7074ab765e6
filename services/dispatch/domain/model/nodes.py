"""What a node lacks or cannot get rid of (§2)."""

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.network import Node


def add(build: Builder, node: Node) -> None:
    """Add what is unserved and surplus, and what may go unused at a price."""
    for limit, into in ((Limit.UNSERVED, 1.0), (Limit.SURPLUS, -1.0)):
        price = build.hours * build.price[limit]
        columns = build.columns(f"{node.id}.{limit}", INFINITE, price, seldom=True)
        build.flow(node.id, columns, into)
    if node.surplus_price is not None:
        unused = build.columns(f"{node.id}.unused", INFINITE, build.hours * node.surplus_price)
        build.flow(node.id, unused, -1.0)


def read(solution: Solution, node: Node) -> Courses:
    """Return `unserved_kw`, `surplus_kw`, and `unused_kw` where that is allowed."""
    courses = {f"{name}_kw": solution.of(f"{node.id}.{name}") for name in ("unserved", "surplus")}
    if node.surplus_price is not None:
        courses["unused_kw"] = solution.of(f"{node.id}.unused")
    return courses


def book(books: Books, node: Node, courses: Courses) -> None:
    """Book what is unserved, surplus or unused."""
    books.breach_each(Limit.UNSERVED, node.id, courses["unserved_kw"])
    books.breach_each(Limit.SURPLUS, node.id, courses["surplus_kw"])
    if node.surplus_price is not None:
        books.pay("unused", float(courses["unused_kw"] @ books.hours) * node.surplus_price)
