"""The whole park as a program, its courses in a solution, and what these cost."""

from services.dispatch.domain.model import nodes, rules, scenarios, sessions
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.families import FAMILIES
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.park.problem import ParkProblem


def built(problem: ParkProblem) -> Builder:
    """Return the builder with every part of the problem added, and every scenario (§10)."""
    build = _alone(problem)
    for number, (weight, other) in enumerate(scenarios.problems(problem)):
        scenarios.join(build, number, weight, _alone(other))
    return build


def _alone(problem: ParkProblem) -> Builder:
    build = Builder(problem)
    for node in problem.every_node:
        nodes.add(build, node)
    for cluster in problem.clusters:
        sessions.add_cluster(build, cluster)
    for family in FAMILIES:
        for part in getattr(problem, family.group):
            family.add(build, part)
    rules.add(build)
    return build


def read(solution: Solution) -> Schedule:
    """Return every device's and node's courses."""
    problem = solution.problem
    return Schedule(
        devices={
            part.id: family.read(solution, part)
            for family in FAMILIES
            for part in getattr(problem, family.group)
        },
        nodes={node.id: nodes.read(solution, node) for node in problem.every_node},
    )


def booked(problem: ParkProblem, schedule: Schedule) -> Books:
    """Return what a schedule costs and breaks."""
    books = Books(problem)
    for node in problem.every_node:
        nodes.book(books, node, schedule.nodes[node.id])
    for family in FAMILIES:
        for part in getattr(problem, family.group):
            family.book(books, part, schedule.devices[part.id])
    rules.book(books, schedule)
    return books
