"""What lanes tell is read in order; of what a yard reports only the last word is kept."""

from __future__ import annotations

from offtake.operate.engines.port import Report
from offtake.operate.lanes import Inbox, Told, Well

ONE = Report(token="one", began_at=1.0)
TWO = Report(token="two", began_at=2.0)


def drained(inbox: Inbox) -> list[object]:
    read: list[object] = []
    while not inbox.empty():
        read.append(inbox.get())
    return read


def test_the_last_word_of_a_yard_takes_the_place_of_one_nobody_read() -> None:
    came: list[int] = []
    inbox = Inbox(lambda: came.append(1))
    inbox.put(("oslo", Told([ONE])))
    inbox.put(("oslo", Well()))
    inbox.put(("abilene", Told([ONE])))
    inbox.put(("oslo", Told([ONE, TWO])))
    assert drained(inbox) == [
        ("oslo", Told([ONE, TWO])),
        ("oslo", Well()),
        ("abilene", Told([ONE])),
    ]
    inbox.put(("oslo", Told([TWO])))
    assert drained(inbox) == [("oslo", Told([TWO]))]
    assert len(came) == 5


def test_what_is_to_be_forgotten_is_not_read_again() -> None:
    inbox = Inbox()
    inbox.put(("oslo", Told([ONE])))
    inbox.put(("oslo", Well()))
    inbox.put(("abilene", Told([TWO])))
    inbox.stale("oslo")
    inbox.stale("oslo")
    assert drained(inbox) == [("oslo", Well()), ("abilene", Told([TWO]))]
    inbox.put(("oslo", Told([ONE])))
    assert drained(inbox) == [("oslo", Told([ONE]))]
