"""Mappings of a YAML file read key by key, with every mistake collected under its line and path."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.runtime.park_file_values import Misread, Reader, nearest

T = TypeVar("T")
_NULL = "tag:yaml.org,2002:null"


class _Wrong:
    """Stands where a value could not be read; what is built of it is wrong too."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Any = _Wrong()


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in the file and its cure."""

    line: int
    path: str
    what: str
    cure: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"line {self.line}: {where}{self.what} - {self.cure}"


def _short(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return repr(str(node.value))
    return "a mapping" if isinstance(node, MappingNode) else "a list"


@dataclass
class Section:
    """One mapping of the file. Keys that nobody asked for are unknown: `close` reports them."""

    path: str
    line: int
    mistakes: list[Mistake]
    entries: dict[str, tuple[Node, Node]]
    asked: list[str] = field(default_factory=list)
    absent: bool = False  # reported once already; what it lacks is not reported again

    def need(self, key: str, reader: Reader[T]) -> T:
        """Return the value of a key that must be there; WRONG (recorded) when it is not."""
        if not self._has(key):
            self._missing(key)
            return cast(T, WRONG)
        return self._read(key, reader)

    def may(self, key: str, reader: Reader[T], default: T) -> T:
        """Return the value of a key, or `default` when it is absent or null."""
        return self._read(key, reader) if self._has(key) else default

    def section(self, key: str) -> "Section":
        """Return the mapping under a key that must be there; an empty one when it is not."""
        if not self._has(key):
            self._missing(key)
            return Section(self._at(key), self.line, self.mistakes, {}, absent=True)
        return section_of(self.entries[key][1], self._at(key), self.mistakes)

    def may_section(self, key: str) -> "Section | None":
        """Return the mapping under a key, or None when it is absent or null."""
        return self.section(key) if self._has(key) else None

    def sections(self, key: str) -> "list[Section]":
        """Return the list of mappings under a key that must be there."""
        if not self._has(key):
            self._missing(key)
            return []
        node = self.entries[key][1]
        if not isinstance(node, SequenceNode):
            self.wrong(key, f"is not a list ({_short(node)})", "write one '- {…}' an item")
            return []
        return [
            section_of(item, f"{self._at(key)}[{_label(item, index)}]", self.mistakes)
            for index, item in enumerate(node.value)
        ]

    def may_sections(self, key: str) -> "list[Section]":
        """Return the list of mappings under a key, none when it is absent or null."""
        return self.sections(key) if self._has(key) else []

    def each(self, key: str, reader: Reader[T]) -> tuple[T, ...]:
        """Return the values of a list `[a, b, …]` that must be there; WRONG when one is not."""
        if not self._has(key):
            self._missing(key)
            return cast("tuple[T, ...]", WRONG)
        node = self.entries[key][1]
        if not isinstance(node, SequenceNode):
            self.wrong(key, f"is not a list ({_short(node)})", "write [one, another]")
            return cast("tuple[T, ...]", WRONG)
        values = tuple(self._scalar(key, item, reader) for item in node.value)
        return cast("tuple[T, ...]", WRONG) if WRONG in values else values

    def pair(self, key: str, reader: Reader[T]) -> tuple[T, T]:
        """Return the two values of a list `[low, high]`."""
        self._asked(key)
        node = self.entries[key][1]
        if not isinstance(node, SequenceNode) or len(node.value) != 2:
            self.wrong(key, f"is not a pair ({_short(node)})", "write [minimum, maximum]")
            return (cast(T, WRONG), cast(T, WRONG))
        low, high = (self._scalar(key, item, reader) for item in node.value)
        return low, high

    def scalar(self, key: str) -> str | None:
        """Return the text of a key as it stands, right or wrong; None when it has none."""
        node = self.entries[key][1] if key in self.entries else None
        return str(node.value) if isinstance(node, ScalarNode) and node.tag != _NULL else None

    def accept_all(self) -> None:
        """Take every key as known: it cannot be told which belong here."""
        self.asked.extend(key for key in self.entries if key not in self.asked)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the mapping when it has none."""
        return int(self.entries[key][0].start_mark.line) + 1 if key in self.entries else self.line

    def wrong(self, key: str, what: str, cure: str) -> None:
        """Record a mistake at a key."""
        self.mistakes.append(Mistake(self.line_of(key), self._at(key), what, cure))

    def build(self, kind: Callable[..., T], /, **values: Any) -> T:
        """Return `kind(**values)`, or WRONG when one of them is; reports the unknown keys."""
        self.close()
        return self.build_open(kind, **values)

    def build_open(self, kind: Callable[..., T], /, **values: Any) -> T:
        """Like `build`, while more keys of this mapping are still to be asked for."""
        if any(value is WRONG for value in values.values()):
            return cast(T, WRONG)
        return kind(**values)

    def close(self) -> None:
        """Report every key that nobody asked for, with the nearest one that is known."""
        for key in self.entries:
            if key not in self.asked:
                self.wrong(key, f"is not a known key ({key!r})", nearest(key, self.asked))
                self.asked.append(key)

    def _has(self, key: str) -> bool:
        self._asked(key)
        return key in self.entries and self.entries[key][1].tag != _NULL

    def _asked(self, key: str) -> None:
        if key not in self.asked:
            self.asked.append(key)

    def _missing(self, key: str) -> None:
        if not self.absent:
            self.wrong(key, "is missing", f"add {key}")

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _read(self, key: str, reader: Reader[T]) -> T:
        return self._scalar(key, self.entries[key][1], reader)

    def _scalar(self, key: str, node: Node, reader: Reader[T]) -> T:
        if not isinstance(node, ScalarNode):
            self.wrong(key, f"is {_short(node)}", "write a single value")
            return cast(T, WRONG)
        try:
            return reader(str(node.value))
        except Misread as misread:
            self.wrong(key, f"{misread.what} ({_short(node)})", misread.cure)
            return cast(T, WRONG)


def section_of(node: Node, path: str, mistakes: list[Mistake]) -> Section:
    """Return the mapping of a node; records when it is none, or names a key twice."""
    line = int(node.start_mark.line) + 1
    section = Section(path, line, mistakes, {})
    if not isinstance(node, MappingNode):
        mistakes.append(
            Mistake(line, path, f"is {_short(node)}, not a mapping", "write 'key: value' pairs")
        )
        return Section(path, line, mistakes, {}, absent=True)
    for key, value in node.value:
        name = str(key.value)
        if name in section.entries:
            what = f"stands twice ({name!r}, first in line {section.line_of(name)})"
            mistakes.append(
                Mistake(int(key.start_mark.line) + 1, section._at(name), what, "keep one of them")
            )
        section.entries.setdefault(name, (key, value))
    return section


def _label(item: Node, index: int) -> str:
    if isinstance(item, MappingNode):
        for key, value in item.value:
            if key.value == "id" and isinstance(value, ScalarNode):
                return str(value.value)
    return str(index)


def open_file(path: Path, mistakes: list[Mistake]) -> Section | None:
    """Return the top mapping of a YAML file; None (recorded) when it is not YAML at all."""
    try:
        node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        what = f"is not YAML here: {error.problem or error.context}"
        mistakes.append(Mistake(line, "", what, "check brackets, quotes and indentation"))
        return None
    except (YAMLError, UnicodeDecodeError) as error:
        what = f"is not YAML: {str(error).splitlines()[0]}"
        mistakes.append(Mistake(1, "", what, "write a UTF-8 YAML file"))
        return None
    if node is None:
        mistakes.append(Mistake(1, "", "is empty", "start from parks/demo.yaml"))
        return None
    return section_of(node, "", mistakes)
