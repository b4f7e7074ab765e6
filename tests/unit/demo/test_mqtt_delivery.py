"""What waits for a client goes out oldest first, a window at a time, and stays until taken."""

from __future__ import annotations

from pathlib import Path

from services.demo.mqtt_broker.delivery import WINDOW, Delivery
from services.demo.mqtt_broker.packets import Message, encode_publish
from services.demo.mqtt_broker.store import Store


def a_store(folder: Path, *, waiting: int) -> Store:
    store = Store(folder / "sessions.sqlite")
    store.remember("ingest", clean=False)
    for number in range(waiting):
        store.put("ingest", a_message(number))
    store.commit()
    return store


def a_message(number: int) -> Message:
    return Message("t", str(number).encode(), 1)


def test_no_more_than_a_window_is_unacknowledged(tmp_path: Path) -> None:
    sent: list[bytes] = []
    delivery = Delivery("ingest", a_store(tmp_path, waiting=WINDOW + 5), sent.append, sent_before=0)

    delivery.pump()
    assert len(sent) == WINDOW
    delivery.acknowledge(1)
    delivery.pump()

    assert sent[-1] == encode_publish(a_message(WINDOW), WINDOW + 1, again=False)


def test_what_was_not_taken_comes_again_and_is_marked_so(tmp_path: Path) -> None:
    store = a_store(tmp_path, waiting=3)
    first = Delivery("ingest", store, lambda _: None, sent_before=0)
    first.pump()
    first.acknowledge(1)
    store.put("ingest", a_message(3))

    sent: list[bytes] = []
    Delivery("ingest", store, sent.append, sent_before=first.last_sent).pump()

    assert sent == [
        encode_publish(a_message(1), 1, again=True),
        encode_publish(a_message(2), 2, again=True),
        encode_publish(a_message(3), 3, again=False),
    ]


def test_an_acknowledgement_of_nothing_is_let_pass(tmp_path: Path) -> None:
    store = a_store(tmp_path, waiting=1)

    Delivery("ingest", store, lambda _: None, sent_before=0).acknowledge(9)

    assert len(store.waiting("ingest", 0, 10)) == 1


def test_a_reopened_store_has_what_was_committed_but_no_clean_sessions(tmp_path: Path) -> None:
    store = a_store(tmp_path, waiting=2)
    store.subscribe("ingest", "park/#", 1)
    store.remember("passer-by", clean=True)
    store.subscribe("passer-by", "#", 1)
    store.commit()

    again = Store(tmp_path / "sessions.sqlite")

    assert again.subscriptions() == [("ingest", "park/#", 1)]
    assert [message for _, message in again.waiting("ingest", 0, 10)] == [
        a_message(0),
        a_message(1),
    ]


def test_an_empty_retained_message_clears_the_topic(tmp_path: Path) -> None:
    store = a_store(tmp_path, waiting=0)
    store.retain(Message("t", b"on", 1, retain=True))
    assert store.retained() == [Message("t", b"on", 1, retain=True)]

    store.retain(Message("t", b"", 1, retain=True))

    assert store.retained() == []
