"""Figures of a study: each part answers one question.

    figures                  the list of them, with their words and numbers
    rows                     names with marks on one scale, which most of them are made of
    tables                   the numbers behind each
    frontier, strategies, fresh, tornado, ranges, regret, worth    one figure each

Nothing is imported here: figures load libraries that take most of a second.
"""
