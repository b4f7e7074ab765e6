"""What README and docs promise exists: every link, every `make` target, every variable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])
SOURCES = ("services/**/*.py", "deploy/**/*.sh", "Makefile", "docker-compose.yml")

LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`((?:docs|deploy|services|parks|protos|tests)/[\w./-]*[\w/])`")
TARGET = re.compile(r"(?:^|`|&& )make ([a-z][a-z-]*)", re.MULTILINE)
VARIABLE = re.compile(r"PARKFLOW_[A-Z][A-Z_]*[A-Z]")
MAKE_VARIABLE = re.compile(r"\b([A-Z]+)=\S")


def told_by(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def relative_links(page: Path) -> list[str]:
    links = (link.partition("#")[0] for link in LINK.findall(told_by(page)))
    return [link for link in links if link and "://" not in link]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", told_by(ROOT / "Makefile"), re.MULTILINE))


def known_variables() -> set[str]:
    from services.demo.addresses import VARIABLE as PORT
    from services.demo.addresses import Ports

    sources = "\n".join(told_by(file) for how in SOURCES for file in ROOT.glob(how))
    return set(VARIABLE.findall(sources)) | {
        f"{PORT}{name.upper()}" for name in Ports.__dataclass_fields__
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    dead = [link for link in relative_links(page) if not (page.parent / link).exists()]

    assert not dead


def test_every_file_that_the_readme_names_exists() -> None:
    assert not [name for name in NAMED_FILE.findall(told_by(README)) if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    assert set(TARGET.findall(told_by(page))) <= make_targets()


def test_every_variable_that_the_readme_names_is_read_somewhere() -> None:
    assert set(VARIABLE.findall(told_by(README))) <= known_variables()


def test_every_make_variable_that_the_readme_sets_is_one_of_the_makefile() -> None:
    set_in_readme = {
        name
        for line in told_by(README).splitlines()
        for command in re.findall(r"make [a-z][^`]*", line)
        for name in MAKE_VARIABLE.findall(command)
    }

    assert set_in_readme
    assert set_in_readme <= set(re.findall(r"\$\(([A-Z]+)\)", told_by(ROOT / "Makefile")))


def test_the_promised_two_commands_are_in_the_readme() -> None:
    assert {"demo", "test"} <= set(TARGET.findall(told_by(README)))
