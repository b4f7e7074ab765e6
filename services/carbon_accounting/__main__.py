"""`python -m services.carbon_accounting`: keep the books of one park; also `… book`, `… compare`,
`… report`, `… propose`, `… issue`, `… allocate`, `… settle`.

`verify` books everything again from the kept words and ends with 1 when an entry differs. The
imports stand inside: these need neither Kafka nor a database.
"""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["book"]:
        from services.carbon_accounting.book.command import main as book_command

        sys.exit(book_command(sys.argv[2:]))
    if sys.argv[1:2] == ["compare"]:
        from services.carbon_accounting.book.comparing_command import main as compare_command

        sys.exit(compare_command(sys.argv[2:]))
    if sys.argv[1:2] == ["report"]:
        from services.carbon_accounting.book.report_command import main as report_command

        sys.exit(report_command(sys.argv[2:]))
    if sys.argv[1:2] == ["propose"]:
        from services.carbon_accounting.book.propose_command import main as propose_command

        sys.exit(propose_command(sys.argv[2:]))
    if sys.argv[1:2] == ["allocate"]:
        from services.carbon_accounting.book.allocate_command import main as allocate_command

        sys.exit(allocate_command(sys.argv[2:]))
    if sys.argv[1:2] == ["issue"]:
        from services.carbon_accounting.book.issue_command import main as issue_command

        sys.exit(issue_command(sys.argv[2:]))
    if sys.argv[1:2] == ["settle"]:
        from services.carbon_accounting.book.settle_command import main as settle_command

        sys.exit(settle_command(sys.argv[2:]))
    from services.carbon_accounting.assembly import assemble
    from services.carbon_accounting.settings import Settings
    from services.carbon_accounting.verify import verify
    from services.runtime.service import run

    commands = {
        "book": "book every ledger of a park from files, or from the history",
        "compare": "tell two such books apart",
        "report": "write a report of such books",
        "propose": "say what green power to buy for a target hourly score",
        "allocate": "say which discharge of a store comes out of which charge",
        "issue": "turn what own plants made into GEC, month by month",
        "settle": "say what green-power contracts came to, and write their certificates",
    }
    run(
        "carbon_accounting",
        Settings,
        assemble,
        actions={"verify": verify},
        commands=commands,
    )
