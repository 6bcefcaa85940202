"""What the daemon has counted since its ledger began."""

from dataclasses import asdict, dataclass, field, replace

BUCKETS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # seconds that a job took, at the most


@dataclass(slots=True)
class Tally:
    """in_bucket: of the jobs, those in each of BUCKETS and not in the one before. seconds: all of them together.

    overflows: times that changes came faster than they could be told of. out_of_memory: times that a device ran
    out of memory and a job was done in smaller parts, or on the CPU. hangs: workers that were ended for getting
    no further.
    """

    jobs: int = 0
    seconds: float = 0.0
    in_bucket: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    failures: int = 0
    scans: int = 0
    overflows: int = 0
    out_of_memory: int = 0
    hangs: int = 0

    def add_job(self, seconds: float, out_of_memory: int) -> None:
        self.jobs += 1
        self.seconds += seconds
        self.out_of_memory += out_of_memory
        bucket = next((n for n, most in enumerate(BUCKETS) if seconds <= most), None)
        if bucket is not None:
            self.in_bucket[bucket] += 1

    def copy(self) -> "Tally":
        return replace(self, in_bucket=[*self.in_bucket])

    def as_fact(self) -> dict[str, object]:
        return asdict(self)


def read_tally(fact: object) -> Tally:
    """As a ledger has it; a new one where the ledger has none, or one of another version."""
    if not isinstance(fact, dict) or fact.keys() != asdict(Tally()).keys():
        return Tally()
    return Tally(**fact)
