"""A ring-fenced vehicle in full: cash, construction, debt, waterfall, shareholders' return."""
