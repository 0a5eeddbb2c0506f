"""What tenants may still spend: accounts, what runs may still cost, and who waits for money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from offtake.model.fleet import Price
from offtake.operate.placement.budgets import Account, affords, expected_usd
from offtake.operate.placing import Waiting
from offtake.units import USD


class Purse:
    """Accounts of tenants, and jobs that are set aside until there is money for them."""

    def __init__(self) -> None:
        """Begin without budgets."""
        self.accounts: dict[str, Account] = {}
        """Of each tenant that has one."""
        self.committed: dict[str, tuple[str, float]] = {}
        """Tenant of each job that holds a place, and what it may cost in all."""
        self.waiting: dict[str, Waiting] = {}
        """Jobs that have not the money to begin."""

    def account(self, tenant: str) -> Account:
        """Give a tenant's account; one without a limit where none was set."""
        return self.accounts.get(tenant, Account())

    def set(self, tenant: str, limit_usd: USD | None, spent_usd: USD) -> None:
        """Set a tenant's budget and what it was charged; what is committed stays."""
        known = self.account(tenant)
        self.accounts[tenant] = replace(known, limit=limit_usd, spent=spent_usd)

    def begins(self, job: Waiting, price: Price, paid_hours: float) -> bool:
        """Commit what a job may cost and tell whether it may begin; else set it aside."""
        expected = self._expected(job, price, paid_hours)
        tenant = job.spec.tenant
        if not affords(self.account(tenant), job.spec.budget_usd, expected):
            self.waiting[job.id] = job
            return False
        self._commit(job.id, tenant, expected)
        return True

    def holds(self, job: Waiting, price: Price, paid_hours: float) -> None:
        """Commit what a job may cost that has begun already."""
        self._commit(job.id, job.spec.tenant, self._expected(job, price, paid_hours))

    def ended(self, jobs: Iterable[str]) -> list[Waiting]:
        """Let go of what jobs may have cost; gives those set aside that may ask again."""
        tenants = set()
        for job in jobs:
            tenant, usd = self.committed.pop(job, ("", 0.0))
            if usd:
                known = self.account(tenant)
                self.accounts[tenant] = replace(known, committed=known.committed - usd)
                tenants.add(tenant)
        return [job for tenant in tenants for job in self.again(tenant)]

    def again(self, tenant: str) -> list[Waiting]:
        """Give the jobs of a tenant that were set aside, and set them aside no longer."""
        found = [job for job in self.waiting.values() if job.spec.tenant == tenant]
        self.withdraw(job.id for job in found)
        return found

    def withdraw(self, jobs: Iterable[str]) -> None:
        """Forget jobs that were set aside."""
        for job in jobs:
            self.waiting.pop(job, None)

    def _commit(self, job: str, tenant: str, usd: float) -> None:
        if usd:
            known = self.account(tenant)
            self.accounts[tenant] = replace(known, committed=known.committed + usd)
            self.committed[job] = (tenant, usd)

    def _expected(self, job: Waiting, price: Price, paid_hours: float) -> float:
        hours = max(0.0, job.spec.limit_hours - job.attained_s / 3600.0)
        return expected_usd(price, job.spec.accelerator_count, hours, paid_hours)
