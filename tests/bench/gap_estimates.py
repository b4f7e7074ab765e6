"""How well gaps are estimated: `python -m tests.bench.gap_estimates [--write]`.

Those of registers by validation, those of means by history. `--write` renews the tables in
docs/validation.md; a test keeps them honest.
"""

import argparse
import sys

from tests.bench.vee_faults import PAGE, renewed
from tests.support import course_estimates, gap_estimates


def tables() -> dict[str, str]:
    """Return the tables by their names in the page."""
    return {
        "gaps": gap_estimates.as_table(gap_estimates.scores()),
        "courses": course_estimates.as_table(course_estimates.scores()),
    }


def main() -> int:
    """Print the table, or write it into the page too."""
    parser = argparse.ArgumentParser(description="How well gaps are estimated.")
    parser.add_argument("--write", action="store_true", help="renew docs/validation.md")
    made = tables()
    if parser.parse_args().write:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
    sys.stdout.write("\n\n".join(made.values()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
