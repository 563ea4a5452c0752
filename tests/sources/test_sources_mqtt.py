"""Topics of a broker: kept by it until they are safe here, taken once, and what is no JSON set aside."""

import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.collect.connections import Mqtt
from dujiang.collect.sources import Source
from dujiang.collect.spool import Bounds
from sources.sources_node import Node, free_port, opened, until

paho = pytest.importorskip("paho.mqtt.client", reason="the MQTT client is not installed")
PATIENT = '{{"resourceType":"Patient","id":"m{n}",\n"multipleBirthInteger":{n}}}'


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Mosquitto of the test's own."""
    port, folder = free_port(), tmp_path_factory.mktemp("broker")
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    try:
        process = subprocess.Popen(["mosquitto", "-c", str(folder / "mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("no Mosquitto is installed")
    until(lambda: _answers(port))
    yield port
    process.terminate()
    process.wait(timeout=10)


def _answers(port: int) -> bool:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    try:
        client.connect("127.0.0.1", port)
        client.disconnect()
    except OSError:
        return False
    return True


def publish(port: int, topic: str, *bodies: str | bytes) -> None:
    """Each at QoS 1, and all of them with the broker when this returns."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for body in bodies:
        client.publish(topic, body, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def topic() -> str:
    return f"ward/{uuid.uuid4().hex}"


def listening(node: Node, port: int, topic: str, **options: Any) -> Source:
    client = f"dujiang-{topic[5:15]}"
    source = node.source("Devices", setting=Mqtt(host="127.0.0.1", port=port, topics=(topic,), client=client, cut=Bounds(messages=1, **options)))
    heard(node, source)
    return source


def heard(node: Node, source: Source) -> None:
    node.keeper.round()
    until(lambda: node.status(source)["doing"] == "listening")
    time.sleep(0.2)  # the broker's word that it has the subscription is not waited for


def keys(node: Node, source: Source) -> list[str]:
    return [key for arrival in node.arrivals(source) for _, key, _ in node.records(arrival)]


def test_messages_land_with_their_digits_and_what_is_no_json_is_set_aside_by_itself(node: Node, broker: int, topic: str) -> None:
    source = listening(node, broker, topic)
    publish(broker, topic, PATIENT.format(n=1), "no json", '{"resourceType":"Observation","id":"o1","valueQuantity":{"value":1.10}}', "")
    until(lambda: node.status(source)["waiting"] and node.keeper._listeners[source.id][1].spool.waiting()[0] == 3)
    node.step()
    (arrival,) = node.arrivals(source)
    assert arrival.by_kind == {"Observation": 1, "Patient": 1} and arrival.quarantined == 1
    assert "1.10" in node.records(arrival)[0][2]


def test_what_is_published_while_nobody_listens_comes_when_somebody_does(tmp_path: Path, broker: int, topic: str) -> None:
    with opened(tmp_path / "node") as node:
        source = listening(node, broker, topic)
    publish(broker, topic, *(PATIENT.format(n=n) for n in range(50)))
    with opened(tmp_path / "node") as node:
        heard(node, source)
        until(lambda: node.keeper._listeners[source.id][1].spool.waiting()[0] == 50)
        node.step()
        assert sorted(keys(node, source)) == sorted(f"m{n}" for n in range(50))


def test_a_message_that_cannot_be_kept_is_not_acknowledged_and_comes_again(tmp_path: Path, broker: int, topic: str) -> None:
    with opened(tmp_path / "node") as node:
        source = listening(node, broker, topic, most_messages=2)
        spool = node.keeper._listeners[source.id][1].spool
        publish(broker, topic, PATIENT.format(n=1))
        until(lambda: spool.waiting()[0] == 1)
        publish(broker, topic, PATIENT.format(n=2))
        until(lambda: spool.waiting()[0] == 2)
        publish(broker, topic, PATIENT.format(n=3))
        until(lambda: node.status(source)["doing"] == "spool.full")
        node.step()
    with opened(tmp_path / "node") as node:
        heard(node, source)
        until(lambda: node.step() or len(keys(node, source)) >= 3)
        assert keys(node, source) == ["m1", "m2", "m3"]


def test_two_equal_readings_that_nobody_calls_a_repetition_are_two(node: Node, broker: int, topic: str) -> None:
    source = listening(node, broker, topic)
    publish(broker, topic, '{"resourceType":"Basic"}', '{"resourceType":"Basic"}')
    until(lambda: node.keeper._listeners[source.id][1].spool.waiting()[0] == 2)
    node.step()
    assert node.arrivals(source)[0].records == 2


def test_a_broker_that_is_not_there_is_said_plainly(node: Node) -> None:
    source = node.source(setting=Mqtt(host="127.0.0.1", port=free_port(), topics=("a",), client="c"))
    node.keeper.round()
    assert node.status(source)["doing"] in ("", "mqtt.disconnected")
