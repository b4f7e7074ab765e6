"""Which model should serve a series: a challenger against the champion, on days neither has learnt.

`due` says when to train and why, `trial` lets both speak on the held-back days, `scores` compares
what they said, `judging` decides and says why. Pure, as all domains.
"""
