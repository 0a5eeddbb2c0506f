"""Figures: pure functions from values of the model to Altair charts and to SVG text.

    numbers, words      how a number, a date or a name is written, everywhere
    theme               what a colour means; the only place that knows a colour
    figure, marks       what a figure is; the vocabulary the figures are drawn with
    capacity, timeline, cash, limits, spread, unserved    one figure each
    svg                 chart -> SVG text that is right in light, in dark and on paper

Altair and vl-convert take most of a second to load, so nothing is imported here: ask
for the module you need.
"""
