"""Kafka's jars: pinned in `kafka.lock`, fetched once into the user's Maven cache, verified.

The lock is what `jgo.resolve("org.apache.kafka:kafka_2.13:4.1.1")` gives, with log4j 2.24.3 (the
version of Kafka's own distribution) as its logger. It is fixed here because resolving all of it
afresh lets log4j's dependency management pull Kafka's client back to 3.8, on which 4.1 fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.demo.stack.errors import StackProblem

LOCK = Path(__file__).with_name("kafka.lock")
DOWNLOADS_AT_ONCE = 6
TRIES = 3
DOWNLOAD_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned Maven artifact."""

    sha256: str
    group: str
    artifact: str
    version: str

    @property
    def path(self) -> Path:
        """Where Maven's layout puts it."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def pinned_jars(lock: Path = LOCK) -> list[Jar]:
    """Return the jars of the lock file: checksum, two spaces, group:artifact:version a line."""
    lines = [line.split() for line in lock.read_text().splitlines()]
    return [Jar(checksum, *coordinate.split(":")) for checksum, coordinate in lines]


def all_cached(jars: Sequence[Jar]) -> bool:
    """Whether the user's Maven cache has a file for every jar; `fetch` looks inside."""
    cache = Path(os.environ.get("M2_REPO", Path.home() / ".m2" / "repository"))
    return all((cache / jar.path).exists() for jar in jars)


def fetch(jars: Sequence[Jar]) -> list[Path]:
    """Return where each jar is, fetching what the cache lacks or holds in part."""
    from jgo.maven import MavenContext  # slow to import, and not needed for a second start

    with _alone_in(MavenContext().repo_cache), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(_fetched, jars))


@contextmanager
def _alone_in(cache: Path) -> Iterator[None]:
    """Keep a second start of ours from taking a half-written jar for a broken one."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".parkflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetched(jar: Jar) -> Path:
    from jgo.maven import MavenContext

    component = (
        MavenContext(timeout=DOWNLOAD_PATIENCE_S)
        .project(jar.group, jar.artifact)
        .at_version(jar.version)
    )
    for _ in range(TRIES):
        try:
            path = Path(component.artifact().resolve())
        except (RuntimeError, OSError) as error:  # those of `requests` are OSErrors
            raise StackProblem(
                f"Kafka's {jar.artifact} {jar.version} cannot be fetched from Maven Central "
                f"({type(error).__name__}).",
                "check the internet connection or proxy (HTTPS_PROXY) and start again; "
                "what has arrived is kept.",
            ) from error
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return path
        path.unlink()
    raise StackProblem(
        f"Kafka's {jar.artifact} {jar.version} arrived {TRIES} times with a wrong checksum.",
        "check what stands between this machine and Maven Central (proxy, mirror).",
    )
