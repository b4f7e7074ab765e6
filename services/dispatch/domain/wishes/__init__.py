"""What operators and integrators require of the plan, laid into a park's problem (§15).

A wish that cannot be kept never loses the plan: it becomes a priced violation, and a caveat names
it. Times are absolute; in a problem they are elapsed hours, whatever the clocks do.
"""
