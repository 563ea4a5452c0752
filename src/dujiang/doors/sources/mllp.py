"""HL7 v2 over MLLP: a message is acknowledged when it is sealed and durable, never before; slow and hostile peers cost bounded memory and nobody else's turn."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime

from dujiang.collect.connections import Hl7
from dujiang.collect.readers.hl7v2.acknowledging import acknowledge
from dujiang.collect.readers.hl7v2.framing import END, PIECE, Framer, framed
from dujiang.collect.spool import Message, Spool
from dujiang.doors.sources.batches import Batches
from dujiang.doors.sources.ports import bound
from dujiang.errors import Unavailable

MESSAGE_SECONDS = 60.0  # from a message's first byte to its last
IDLE_SECONDS = 24 * 3600.0  # between two messages: interfaces stay connected
ANSWER_SECONDS = 30.0  # for a peer to take its answer
MOST_HELD = 256 << 20  # bytes of unfinished messages, of all peers together
LATER = b"Try again later"


class MllpListener:
    """One source's port, in a thread of its own. `tell` hears what it is doing."""

    def __init__(self, spool: Spool, setting: Hl7, now: Callable[[], datetime], tell: Callable[[str], None]) -> None:
        self.spool, self._setting, self._now, self._tell = spool, setting, now, tell
        self._socket = bound(setting.address, setting.port)
        self.port: int = self._socket.getsockname()[1]
        self._ready, self._ends = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._peers: set[asyncio.Task[None]] = set()
        self._held = 0

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """No more messages; what was acknowledged is in the spool."""
        self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join(timeout=10)

    async def _serve(self) -> None:
        self._loop, self._batches = asyncio.get_running_loop(), Batches(self.spool, self._tell)
        server = await asyncio.start_server(self._welcome, sock=self._socket, limit=PIECE)
        self._tell("listening")
        self._ready.set()
        await self._ends.wait()
        server.close()
        peers = list(self._peers)
        for peer in peers:
            peer.cancel()
        await asyncio.gather(*peers, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            if len(self._peers) < self._setting.most_connections:
                self._peers.add(task)
                await _Peer(self, reader, writer).serve()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # gone, or too slow: what it was not answered it sends again
        finally:
            self._peers.discard(task)
            writer.close()

    async def answer(self, message: bytes) -> bytes | None:
        """The reply to a message that is safe here, or one that asks to send it later; None when only hanging up says that."""
        reply = await asyncio.to_thread(acknowledge, message, now=self._now())
        if not message:  # nothing to keep: an empty frame, or one too long to hold
            return reply
        try:
            await self._batches.take(Message(message))
        except Unavailable:
            return later(reply)
        return reply

    def hold(self, change: int) -> bool:
        """Count bytes of unfinished messages; whether there is room for them."""
        self._held += change
        return self._held <= MOST_HELD


class _Peer:
    """One connection."""

    def __init__(self, listener: MllpListener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._listener, self._reader, self._writer = listener, reader, writer
        self._pending = 0  # bytes of the message that is coming in
        self._since = 0.0
        self._framer = Framer()

    async def serve(self) -> None:
        try:
            while piece := await asyncio.wait_for(self._reader.read(PIECE), self._patience()):
                if not self._count(piece) or not await self._take(piece):
                    return
        finally:
            self._listener.hold(-self._pending)

    def _patience(self) -> float:
        return max(0.0, MESSAGE_SECONDS - (time.monotonic() - self._since)) if self._pending else IDLE_SECONDS

    def _count(self, piece: bytes) -> bool:
        """What of the piece belongs to a message not yet whole; line ends between messages are nothing."""
        tail = piece.rpartition(END)[2].strip(b"\r\n")
        before = 0 if END in piece else self._pending
        if not before:
            self._since = time.monotonic()
        change = before + len(tail) - self._pending
        self._pending += change
        return self._listener.hold(change)

    async def _take(self, piece: bytes) -> bool:
        """Answer the messages that end in this piece, in their order; False when the connection is over."""
        frames = list(self._framer.feed(piece))
        for reply in await asyncio.gather(*(self._listener.answer(f.message) for f in frames if f.rule != "hl7v2.truncated")):
            if reply is None:
                return False
            if reply:
                self._writer.write(framed(reply))
        await asyncio.wait_for(self._writer.drain(), ANSWER_SECONDS)
        return True


def later(reply: bytes) -> bytes | None:
    """The reply turned into a refusal for reasons of ours (AR or CR), which the sender answers by sending again."""
    lines = [line for line in reply.split(b"\r") if line and not line.startswith(b"ERR")]
    if len(lines) < 2 or not lines[1].startswith(b"MSA"):
        return None
    mark = lines[1][3:4]
    fields = lines[1].split(mark)
    return b"\r".join([lines[0], mark.join([fields[0], fields[1][:1] + b"R", *fields[2:3], LATER]), b""])
