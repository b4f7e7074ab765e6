"""One planning problem from a file: the command by which others judge the plans.

`python -m services.dispatch solve PROBLEM.json --out PLAN.json`; docs/dispatch.md says what the
files hold.
"""
