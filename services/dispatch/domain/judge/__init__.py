"""The judge of a park's plans: written from docs/dispatch.md alone, sharing no code with the model.

Plain loops over plain numbers, a file a §, so that what the model gets wrong is not repeated here.
"""

from services.dispatch.domain.judge.verdict import faults

__all__ = ["faults"]
