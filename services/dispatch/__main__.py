"""`python -m services.dispatch`: plan and control one park; and its commands `… solve`, `… schema`.

The imports stand inside: the solver's process imports this module too and needs none of them.
"""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["solve"]:
        from services.dispatch.solve.command import main as solve_command

        sys.exit(solve_command(sys.argv[2:]))
    if sys.argv[1:2] == ["schema"]:
        from services.dispatch.solve.schema import main as schema_command

        sys.exit(schema_command(sys.argv[2:]))
    from services.dispatch.assembly import assemble
    from services.dispatch.settings import Settings
    from services.runtime.service import run

    commands = {
        "solve": "plan a park that a JSON document describes",
        "schema": "print the JSON schema of such a document",
    }
    run("dispatch", Settings, assemble, commands=commands)
