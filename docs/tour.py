# A tour for notebooks. From the root of a checkout:
#
#     pip install marimo
#     marimo edit docs/tour.py        cells that work themselves out anew when you change one
#
# It is plain Python: `python docs/tour.py` runs it too (seen with marimo 0.25.2). The tests run every cell that
# computes; cells that take `mo` hold prose alone.

import marimo

app = marimo.App(width="medium")


@app.cell(hide_code=True)
def _():
    import marimo as mo

    return (mo,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        # From what may be signed to what is owed

        A world is a folder of YAML files. Read one: all faults would be told at once.
        """
    )
    return


@app.cell
def _():
    import offtake

    portfolio = offtake.read("worlds/three-sites")
    [offer.name for offer in portfolio.offers]
    return offtake, portfolio


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Plan

        What to sign, where and when, over scenarios of demand, delays and prices. `risk` is
        the weight of the worst tenth. Turn it, and the cells below follow.
        """
    )
    return


@app.cell
def _():
    risk = 0.2
    return (risk,)


@app.cell
def _(offtake, portfolio, risk):
    plan = offtake.plan(portfolio, risk=risk, scenarios=8, gap=0.02)
    plan
    return (plan,)


@app.cell
def _(plan):
    reasons = {signing.name: signing.why for signing in plan.signed}
    reasons
    return (reasons,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        Every table of it is Arrow: units stand in the names and in the schema.
        """
    )
    return


@app.cell
def _(offtake, plan):
    quarters = offtake.frame(plan, "by_period")
    quarters
    return (quarters,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Change one thing

        Half the price of the lease in Norway, everything else as it was.
        """
    )
    return


@app.cell
def _(offtake, plan, portfolio, risk):
    from dataclasses import replace

    def cheaper(offer):
        if offer.id != "fjell-lease":
            return offer
        price = offer.price
        return replace(offer, price=replace(price, usd_per_gpu_hour=price.usd_per_gpu_hour / 2))

    bargain = replace(portfolio, offers=tuple(map(cheaper, portfolio.offers)))
    other = offtake.plan(bargain, risk=risk, scenarios=8, gap=0.02)
    gain_usd = other.npv.mean_usd - plan.npv.mean_usd
    compared = offtake.compare(plan, other)
    [line.words for line in (*compared.signings, *compared.measures)]
    return compared, gain_usd, other


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Settle

        One month of a chain of four parties, to the cent, from its contracts and records.
        """
    )
    return


@app.cell
def _(offtake):
    from datetime import UTC, datetime
    from pathlib import Path

    from offtake.files.records import read_records
    from offtake.ledger.chain import settle_chain
    from offtake.model.month import Month

    chain = offtake.read("worlds/june-chain")
    statement = settle_chain(
        chain.contracts,
        read_records(Path("worlds/june-chain")),
        Month(2027, 6),
        as_of=datetime(2027, 7, 2, 12, tzinfo=UTC),
    )
    statement
    return (statement,)


@app.cell
def _(statement):
    first = statement.invoices[0].charges[0]
    [(step.what, step.value, step.unit, step.sources) for step in first.steps]
    return (first,)


@app.cell
def _(offtake, statement):
    lines = offtake.frame(statement)
    lines
    return (lines,)


if __name__ == "__main__":
    app.run()
