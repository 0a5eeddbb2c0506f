"""What it costs: settlement of contracts and chains, exact and pure.

contract, records, month ──settle──> invoice (lines with their arithmetic)
contracts, records, month ──settle_chain──> statement (every link, money in = money out)
"""
