"""Services: endless work as a row, and its replicas as jobs that somebody sees to.

desk ──said: load, replicas──> service <──looks── tending ──makes, stops──> jobs
"""
