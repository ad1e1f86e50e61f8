"""Micro-batching: every caller gets its own result, in whatever company its item was worked on."""

from __future__ import annotations

import asyncio
import threading

from signpost.serving.runtime.batches import Batches


class Worker:
    """Doubles numbers, slowly enough that others arrive meanwhile; cannot do 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = threading.Event()
        self.begun = 0

    def __call__(self, numbers: list[int]) -> list[int]:
        self.begun += 1
        self.free.wait(5)
        self.batches.append(numbers)
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


def batches(
    worker: Worker, *, max_items: int = 4, max_size: int = 1000, threads: int = 1
) -> Batches[int, int]:
    return Batches(
        worker, size=lambda number: number, max_items=max_items, max_size=max_size, threads=threads
    )


async def together(
    worker: Worker, batched: Batches[int, int], numbers: list[int]
) -> list[int | BaseException]:
    """Send the first alone, the others while it is worked on."""
    tasks = [asyncio.ensure_future(batched.run(number)) for number in numbers]
    await asyncio.sleep(0.05)
    worker.free.set()
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)


async def test_what_arrives_meanwhile_is_worked_on_together_and_nobody_gets_anothers_result() -> None:
    worker = Worker()
    assert await together(worker, batches(worker), [1, 2, 3, 4, 5, 6]) == [2, 4, 6, 8, 10, 12]
    assert worker.batches == [[1, 2, 3, 4], [5, 6]]


async def test_a_large_item_is_worked_on_without_company_that_would_exceed_the_size() -> None:
    worker = Worker()
    await together(worker, batches(worker, max_size=100), [900, 50, 40, 30])
    assert worker.batches == [[900], [50, 40], [30]]


async def test_an_item_that_cannot_be_done_harms_no_other() -> None:
    worker = Worker()
    results = await together(worker, batches(worker), [1, 13, 3])
    assert results[0] == 2 and results[2] == 6
    assert isinstance(results[1], ValueError)
    worker.free.set()
    assert await batches(worker).run(4) == 8, "it does not go on after a failure"


async def test_nobody_works_for_a_caller_that_has_left() -> None:
    worker = Worker()
    batched = batches(worker, max_items=1)
    tasks = [asyncio.ensure_future(batched.run(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0.05)
    tasks[1].cancel()
    worker.free.set()
    assert (await asyncio.wait_for(tasks[0], 5), await asyncio.wait_for(tasks[2], 5)) == (2, 6)
    assert worker.batches == [[1], [3]]


async def test_the_event_loop_is_free_while_work_is_done() -> None:
    worker = Worker()
    task = asyncio.ensure_future(batches(worker).run(1))
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert not task.done()
    worker.free.set()
    assert await asyncio.wait_for(task, 5) == 2


async def test_work_goes_on_after_a_pause() -> None:
    worker = Worker()
    worker.free.set()
    batched = batches(worker)
    for number in (1, 2, 3):
        assert await asyncio.wait_for(batched.run(number), 5) == 2 * number
        await asyncio.sleep(0.01)


async def test_two_threads_work_on_two_batches_at_once_and_on_no_third() -> None:
    worker = Worker()
    batched = batches(worker, max_items=2, threads=2)
    tasks = [asyncio.ensure_future(batched.run(number)) for number in range(1, 8)]
    await asyncio.sleep(0.05)
    assert worker.begun == 2
    worker.free.set()
    assert await asyncio.wait_for(asyncio.gather(*tasks), 10) == [2, 4, 6, 8, 10, 12, 14]
    assert sorted(worker.batches) == [[1, 2], [3, 4], [5, 6], [7]]


async def test_both_threads_go_on_after_failures() -> None:
    worker = Worker()
    worker.free.set()
    batched = batches(worker, max_items=1, threads=2)
    for _ in range(3):
        failed = await asyncio.gather(batched.run(13), batched.run(13), return_exceptions=True)
        assert [type(error) for error in failed] == [ValueError, ValueError]
    worker.free.clear()
    tasks = [asyncio.ensure_future(batched.run(number)) for number in (1, 2)]
    begun = worker.begun
    await asyncio.sleep(0.05)
    assert worker.begun == begun + 2
    worker.free.set()
    assert await asyncio.wait_for(asyncio.gather(*tasks), 5) == [2, 4]
