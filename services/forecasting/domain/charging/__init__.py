"""What the charging fleet would draw if nobody steered it, from what vehicles say when they come.

Meters of chargers show what dispatch has already moved about, so they are not what is forecast.
The *demand* is: each vehicle draws its port's rating from the moment it says what it wants until it
has it or leaves. `words` is what ports say, a row a port and quarter hour; `stays` makes vehicles'
courses of them, `demand` the fleet's power; `connected` forecasts the next hours from the vehicles
that are plugged in and those that usually come. Pure: numpy only, powers in W, times in minutes
since the epoch.
"""
