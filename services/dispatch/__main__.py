"""`python -m services.dispatch`: plan and control one park.

The imports stand inside: the solver's process imports this module too and needs none of them.
"""

if __name__ == "__main__":
    from services.dispatch.assembly import assemble
    from services.dispatch.settings import Settings
    from services.runtime.service import run

    run("dispatch", Settings, assemble)
