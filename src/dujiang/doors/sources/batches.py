"""Messages that come at the same time are made durable together: one sync serves all who wait for it, and each learns whether its own is safe."""

import asyncio
from collections.abc import Callable

from dujiang.collect.spool import Message, Spool
from dujiang.errors import Unavailable

MOST_MESSAGES = 256
MOST_BYTES = 32 << 20
_Waiting = tuple[Message, asyncio.Future[None]]


class Batches:
    """Of one event loop. `tell` hears whether the spool takes messages."""

    def __init__(self, spool: Spool, tell: Callable[[str], None]) -> None:
        self._spool, self._tell = spool, tell
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, message: Message) -> None:
        """Returns when the message is durable; Unavailable when it cannot be taken now."""
        safe: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, safe))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await safe

    async def _write(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                await asyncio.to_thread(self._spool.take, [message for message, _ in batch])
                fault: Exception | None = None
            except Unavailable as full:
                fault = full
            except Exception as broken:  # its text could hold a value, so only its type is told
                fault = Unavailable("spool.broken", "The message could not be kept ({kind}).", "消息未能保存（{kind}）。", kind=type(broken).__name__)
            self._tell(fault.rule if isinstance(fault, Unavailable) else "listening")
            for _, safe in batch:
                if safe.cancelled():
                    continue
                if fault is None:
                    safe.set_result(None)
                else:
                    safe.set_exception(fault)

    def _next(self) -> list[_Waiting]:
        """As many as one write takes; at least one."""
        size, count = 0, 0
        for message, _ in self._waiting[:MOST_MESSAGES]:
            size += len(message.body)
            if count and size > MOST_BYTES:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
