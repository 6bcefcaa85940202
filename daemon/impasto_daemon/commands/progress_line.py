"""One line on the terminal that says where the work stands, while it takes its time."""

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID

from impasto_engine import Progress


class ProgressLine:
    """Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(console=console, transient=True)
        self._bar: TaskID | None = None

    def __enter__(self) -> "ProgressLine":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def show(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = self._bars.add_task(progress.stage)
        self._bars.update(
            self._bar, description=progress.stage, completed=progress.done, total=progress.total
        )
