"""Nowcasts: the next minutes and hours of many points, anchored to what is measured now.

`leads` says which moments are asked for, `base` brings the outlook's quarters to minutes, `ways`
are the simple ways on from the present, `learning` weighs them by the last two days' minutes,
`nowcast` puts them together. Pure and vectorised over points: numpy only.
Signs and units are those of the published series (W, production negative).
"""
