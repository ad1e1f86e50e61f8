"""Micro-batching: what arrives while a batch is worked on makes up the next one. Knows nothing of Rasa.

Threads work, so the event loop stays free to take messages and to answer those that are ready.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Deque, Generic, List, Sequence, Tuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batches(Generic[Item, Result]):
    """Hands items to ``work`` in batches and gives each caller its own result.

    A batch ends at ``max_items`` items, or before the item that would take it over ``max_size``; a single
    item may. ``threads`` batches are worked on at once.
    """

    def __init__(
        self,
        work: Callable[[List[Item]], Sequence[Result]],
        size: Callable[[Item], int],
        *,
        max_items: int,
        max_size: int,
        threads: int,
    ) -> None:
        self._work, self._size, self._max_items, self._max_size = work, size, max_items, max_size
        self._waiting: Deque[Tuple[Item, asyncio.Future[Result]]] = deque()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="batches")
        self._free = threads
        self._tasks: set[asyncio.Task[None]] = set()  # the event loop itself holds on to none

    async def run(self, item: Item) -> Result:
        """The result for one item. Raises what ``work`` raises for it.

        A failing item does not harm the others.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._free:
            self._free -= 1
            task = asyncio.ensure_future(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await done

    async def _run(self) -> None:
        try:
            while batch := self._next():
                await self._answer(batch)
        finally:
            self._free += 1

    def _next(self) -> List[Tuple[Item, asyncio.Future[Result]]]:
        batch: List[Tuple[Item, asyncio.Future[Result]]] = []
        size = 0
        while self._waiting and len(batch) < self._max_items:
            item, done = self._waiting[0]
            if done.cancelled():  # nobody waits for it any more
                self._waiting.popleft()
                continue
            size += self._size(item)
            if batch and size > self._max_size:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _answer(self, batch: List[Tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._work, [item for item, _ in batch]
            )
        except Exception as error:  # handed to whoever waits for it
            if len(batch) == 1:
                if not batch[0][1].done():
                    batch[0][1].set_exception(error)
                return
            for alone in batch:
                await self._answer([alone])
            return
        for (_, done), result in zip(batch, results):
            if not done.done():
                done.set_result(result)
