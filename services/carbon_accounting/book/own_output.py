"""Where a command writes: never over a file that it reads."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path


def over_inputs(asked: Namespace, *written: str) -> Iterator[str]:
    """Yield each argument whose file --out would overwrite.

    `written`: the names of the files in the folder --out; without them it is a file itself.
    """
    if asked.out is None:
        return
    outs = {(asked.out / name).resolve() for name in written} or {asked.out.resolve()}
    for argument, path in _files(asked):
        if path.resolve() in outs:
            what = f"would overwrite {path.name} of --{argument}"
            yield f"--out {asked.out.name} {what}: name another"


def _files(asked: Namespace) -> Iterator[tuple[str, Path]]:
    for argument, said in vars(asked).items():
        some = said if isinstance(said, list | tuple) else [said]
        yield from ((argument, one) for one in some if isinstance(one, Path) and argument != "out")
