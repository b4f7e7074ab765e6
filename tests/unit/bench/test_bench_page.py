"""A bench renews its own section of the page and nothing else."""

from tests.bench.page import HEAD, Part, parts_of, renewed, with_table

ORDER = ("first", "second", "third")


def test_a_run_of_one_bench_leaves_the_other_sections_alone() -> None:
    page = renewed("", [Part("third", "c"), Part("first", "a")], ORDER)

    page = renewed(page, [Part("second", "b"), Part("first", "new")], ORDER)

    assert page == f"{HEAD}\n## first\n\nnew\n\n## second\n\nb\n\n## third\n\nc\n"


def test_what_is_written_is_read_again() -> None:
    parts = [Part("first", "| a |\n\ntext"), Part("second", "b")]

    read = parts_of(renewed("", parts, ORDER))

    assert [(part.name, part.body.strip()) for part in read] == [
        ("first", "| a |\n\ntext"),
        ("second", "b"),
    ]


def test_a_bench_that_is_gone_loses_its_section() -> None:
    page = renewed("", [Part("first", "a"), Part("third", "c")], ORDER)

    assert "third" not in renewed(page, [], ("first",))


def test_a_table_is_renewed_between_its_marks_only() -> None:
    page = "# Head\n<!-- x -->\nold\n<!-- /x -->\ntail\n"

    assert with_table(page, Part("x", "new")) == "# Head\n<!-- x -->\nnew\n<!-- /x -->\ntail\n"
