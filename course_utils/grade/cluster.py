"""Grade a class on many machines, with Dask: each of its workers has a judge and sandboxes of its own.

They are set up by a plugin, which a worker that takes the place of a dead one gets, too; Dask does the dead one's work again.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from .records import Record, Settings, Submission

_PLUGIN = "inside-bert-grader"


def graded_on(
    address: str, submissions: Sequence[Submission], settings: Settings, jobs: int
) -> Iterator[tuple[Submission, Record]]:
    """Each submission with its record, as they are done. address: of a scheduler, or "local" for `jobs` workers here."""
    try:
        from dask.distributed import Client, LocalCluster, as_completed
    except ImportError:
        raise RuntimeError("--dask needs Dask: `pip install inside-bert[grade]`.") from None
    with contextlib.ExitStack() as stack:
        if address == "local":
            stack.enter_context(_same_variables())
            cluster = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
            address = stack.enter_context(cluster).scheduler_address
        client = stack.enter_context(Client(address, set_as_default=False))
        client.register_plugin(_plugin(settings), name=_PLUGIN)
        by_key = {}
        for submission in submissions:
            future = client.submit(_grade, submission, pure=False, retries=3)
            by_key[future.key] = (future, submission)
        for future in as_completed([future for future, _ in by_key.values()], loop=client.loop):
            yield by_key.pop(future.key)[1], Record.of(future.result())


@contextlib.contextmanager
def _same_variables() -> Iterator[None]:
    """Leave the environment as it was: Dask sets variables for its workers (`OMP_NUM_THREADS` among them) in this process."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _plugin(settings: Settings) -> Any:
    from dask.distributed import WorkerPlugin

    class GraderPlugin(WorkerPlugin):
        """A worker's judge and sandboxes."""

        def setup(self, worker: Any) -> None:
            from course_utils.grade.station import Station

            self.station = Station(settings)
            self.grader = self.station.grader()

        def teardown(self, worker: Any) -> None:
            self.station.close()

    return GraderPlugin()


def _grade(submission: Submission) -> dict[str, Any]:
    from dask.distributed import get_worker

    from course_utils.grade.workers import graded_or_stumbled

    return graded_or_stumbled(get_worker().plugins[_PLUGIN].grader, submission).to_dict()
