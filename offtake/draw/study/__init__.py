"""Figures of a study: each part answers one question.

    figures                  the list of them, with their words and numbers
    rows                     names with marks on one scale, which most of them are made of
    tables, reading          the numbers behind each, and what is read out of a study
    frontier, strategies, fresh, tornado, ranges, regret, worth    one figure each

Nothing is imported here: figures load libraries that take most of a second.
"""
