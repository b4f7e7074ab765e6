"""How well gaps of registers are estimated: `python -m tests.bench.gap_estimates [--write]`.

`--write` renews the table in docs/validation.md; a test keeps it honest.
"""

import argparse
import sys

from tests.bench.vee_faults import PAGE, renewed
from tests.support.gap_estimates import as_table, scores


def main() -> int:
    """Print the table, or write it into the page too."""
    parser = argparse.ArgumentParser(description="How well gaps of registers are estimated.")
    parser.add_argument("--write", action="store_true", help="renew docs/validation.md")
    made = {"gaps": as_table(scores())}
    if parser.parse_args().write:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
    sys.stdout.write(made["gaps"] + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
