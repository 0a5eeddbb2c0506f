"""Rules a database holds by itself, written once for SQLite and PostgreSQL.

    Rule(table, "a month is closed once, in order", condition about NEW)

becomes a trigger that refuses the row where the condition is true. SQLite says
`RAISE(ABORT)` where PostgreSQL says `RAISE EXCEPTION`; the conditions are the same SQL.
Messages begin with `offtake:`. On SQLite every rule about new rows also looks for a row of
the same key: `INSERT OR REPLACE` would delete that one without asking its triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

EXCLUSIVE, SHARED = "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared"
BOOKS = 73_011
"""PostgreSQL: the lock that keeps a month from closing while somebody books in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must not be true of a new row."""

    refuses: str
    """What is said when it is refused."""
    when: str
    """SQL that is true of a row to be refused; the row is NEW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A table, and the rules of its rows."""

    table: str
    """The table."""
    same_key: str
    """SQL that finds a row of the same key as NEW."""
    same: str | None = None
    """SQL that is true when that row says the same as NEW: then NEW is left out. None is
    never."""
    rules: Sequence[Rule] = ()
    """Further rules, in the order they are looked at."""
    lock: str | None = None
    """PostgreSQL: the kind of lock on the books a new row takes."""

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules, with the one about the same key first."""
        twice = f"a row of {self.table} is there already and is never replaced"
        if self.same is not None:
            twice = f"{self.table} is recorded already and says something else"
        return (Rule(refuses=twice, when=self._found()), *self.rules)

    @property
    def equal(self) -> str | None:
        """SQL that is true when a row is there that says the same as NEW."""
        return None if self.same is None else self._found(f" AND {self.same}")

    def _found(self, more: str = "") -> str:
        return f"EXISTS (SELECT 1 FROM {self.table} o WHERE {self.same_key}{more})"


def triggers(dialect: str, guarded: Iterable[Guarded]) -> Iterator[str]:
    """Give the statements that make the triggers of tables."""
    for one in guarded:
        yield from _sqlite(one) if dialect == "sqlite" else _postgresql(one)


def _sqlite(guarded: Guarded) -> Iterator[str]:
    table = guarded.table
    for verb, word in (("UPDATE", "changed"), ("DELETE", "deleted")):
        said = f"offtake: a row of {table} is never {word}"
        yield (
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    body = [f"SELECT RAISE(IGNORE) WHERE {guarded.equal};"] if guarded.equal else []
    body += [
        f"SELECT RAISE(ABORT, 'offtake: {rule.refuses}') WHERE {rule.when};"
        for rule in guarded.all_rules
    ]
    yield (
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} BEGIN\n  "
        + "\n  ".join(body)
        + "\nEND"
    )


def _postgresql(guarded: Guarded) -> Iterator[str]:
    table = guarded.table
    body = [f"PERFORM {guarded.lock}({BOOKS});"] if guarded.lock else []
    body += [f"IF {guarded.equal} THEN RETURN NULL; END IF;"] if guarded.equal else []
    body += [
        f"IF {rule.when} THEN {_exception(rule.refuses)} END IF;" for rule in guarded.all_rules
    ]
    yield _function(f"{table}_insert", [*body, "RETURN NEW;"])
    yield (
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_insert()"
    )
    yield _function(f"{table}_keep", [_exception(f"a row of {table} is never changed or deleted")])
    yield (
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
    )
    yield (
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()"
    )


def _exception(said: str) -> str:
    code = "ERRCODE = 'integrity_constraint_violation'"
    return f"RAISE EXCEPTION USING MESSAGE = 'offtake: {said}', {code};"


def _function(name: str, body: Sequence[str]) -> str:
    lines = "\n  ".join(body)
    head = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
    return f"{head}\nBEGIN\n  {lines}\nEND\n$$"
