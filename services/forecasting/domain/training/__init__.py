"""Which model should serve a series: a challenger against the champion, on days held back from it.

`due` says when to train and why, `trial` lets both speak on the held-back days, `scores` compares
what they said, `lesson` decides and says why. Held back are at least three days (a quarter of a
young series), be it that the champion has learnt them: it then has the advantage, and that is said.
Pure, as all domains.
"""
