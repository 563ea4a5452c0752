"""Topics of an MQTT broker: a message is acknowledged to the broker when it is sealed and durable; until then the broker keeps it for this subscriber."""

import queue
import ssl
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from dujiang.collect.connections import Mqtt
from dujiang.collect.readers.items import LIMIT
from dujiang.collect.spool import Message, Spool
from dujiang.errors import Unavailable

QOS = 1
MOST_WAITING = 256  # messages the broker may have on the way to us
PAUSE = 5.0  # seconds before a message that could not be kept is tried again
KEEP_ALIVE = 30
_Came = tuple[int, Message]


class MqttListener:
    """One source's subscription; the broker is told the same name every time, so that it keeps what comes while nobody listens."""

    def __init__(self, spool: Spool, setting: Mqtt, secret: str, tell: Callable[[str], None]) -> None:
        self.spool, self._setting, self._tell = spool, setting, tell
        self._came: queue.Queue[_Came] = queue.Queue(maxsize=MOST_WAITING)
        self._ends = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=setting.client, clean_session=False, manual_ack=True)
        if setting.user:
            self._client.username_pw_set(setting.user, secret)
        if setting.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.max_inflight_messages_set(MOST_WAITING)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._left
        self._client.on_message = self._message
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._client.connect_async(self._setting.host, self._setting.port, keepalive=KEEP_ALIVE)
        self._client.loop_start()

    def stop(self) -> None:
        """What was not acknowledged comes again."""
        self._ends.set()
        self._client.disconnect()
        self._client.loop_stop()
        self._thread.join(timeout=10)

    def _connected(self, client: paho.Client, data: Any, flags: Any, reason: Any, *_: Any) -> None:
        if reason.is_failure:
            self._tell("mqtt.refused")
            return
        client.subscribe([(topic, QOS) for topic in self._setting.topics])
        self._tell("listening")

    def _left(self, *_: Any) -> None:
        if not self._ends.is_set():
            self._tell("mqtt.disconnected")

    def _message(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        """Waits while many are being kept, so that the broker waits too."""
        body = bytes(message.payload)
        came = (message.mid if message.qos else 0, Message(body, repeats=message.dup or message.retain))
        while not self._ends.is_set():
            try:
                self._came.put(came, timeout=0.5)
                return
            except queue.Full:
                continue

    def _keep(self) -> None:
        while not self._ends.is_set():
            batch = self._next()
            if batch and self._kept([message for _, message in batch if 0 < len(message.body) <= LIMIT]):
                for mid, _ in batch:
                    if mid:
                        self._client.ack(mid, QOS)

    def _next(self) -> list[_Came]:
        """All that is here; nothing after a while without any."""
        try:
            batch = [self._came.get(timeout=0.2)]
        except queue.Empty:
            return []
        while len(batch) < MOST_WAITING:
            try:
                batch.append(self._came.get_nowait())
            except queue.Empty:
                break
        return batch

    def _kept(self, messages: list[Message]) -> bool:
        """Tried again until they are durable, or this ends and the broker sends them again."""
        while not self._ends.is_set():
            try:
                if messages:
                    self.spool.take(messages)
                self._tell("listening")
                return True
            except Unavailable as full:
                self._tell(full.rule)
            except Exception as fault:
                self._tell(f"fault.{type(fault).__name__}")
            self._ends.wait(PAUSE)
        return False
