"""Feeds of a province as they would be: pure generators in order of time, and the runner that paces them.

``scenario`` reads a scenario file, ``world`` joins it with the profile, ``feeds/<feed>`` draw what happens,
``interruption`` and ``disturbance`` lose, delay, repeat and break some of it, ``envelope`` writes the events, and
``stream.events`` is all of that together. Only ``pace`` does I/O.
"""
