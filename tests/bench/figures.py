"""A figure: what was measured of supervisord and of holdfastd, what is promised for ours, and whether it is kept. The rule is
DESIGN's: the median of at least five within the figure, none above twice the figure (below half of it where more is better).
What takes time may take longer on a slower machine (yardstick.py, decision 0022)."""
import dataclasses
import os
import statistics

import daemons  # noqa: F401  (finds tests/support)
import yardstick

ROUNDS_MIN = 5
TIMES = ("ms", "ms/MB", "s/hour")
RATES = ("MB/s", "calls/s")


class Machine:
    """The machine of this run, as the figures that follow are judged."""
    slowness = 1.0

    @classmethod
    def look(cls):
        """Measures it anew; what it is, for people."""
        bare_starts_ms = yardstick.bare_starts_ms()
        cls.slowness = max(1.0, bare_starts_ms / yardstick.BARE_STARTS_MS)
        slower = f": {cls.slowness:.1f} times the figures' machine, and so are limits of time" if cls.slowness > 1 else ""
        return f"load average {os.getloadavg()[0]:.1f}; 1,000 bare starts: {bare_starts_ms:.0f} ms{slower}"


@dataclasses.dataclass
class Figure:
    name: str
    unit: str
    limit: float | None = None  # the figure promised; None: measured, nothing promised
    at_least: bool = False      # more is better
    worst: float | None = None  # the bound of each one, where it is not twice (half) the figure
    relative: bool = False      # the limit was measured in this run
    digits: int = 2
    theirs: list = dataclasses.field(default_factory=list)
    ours: list = dataclasses.field(default_factory=list)

    def add(self, ours, value):
        (self.ours if ours else self.theirs).append(value)

    def line(self):
        ours = statistics.median(self.ours)
        theirs = statistics.median(self.theirs) if self.theirs else None
        best, last = min(self.ours), max(self.ours)
        shown = "-" if theirs is None else f"{theirs:,.{self.digits}f}"
        return (f"{self.name:50s} {shown:>12s} {ours:12,.{self.digits}f} {self.unit:8s} {self.ratio(theirs, ours):>8s}   "
                f"{best:,.{self.digits}f} .. {last:,.{self.digits}f} of {len(self.ours)}{self.verdict()}")

    def ratio(self, theirs, ours):
        """How many times better ours is."""
        better, worse = (ours, theirs) if self.at_least else (theirs, ours)
        if theirs is None:
            return ""
        return "no end" if not worse else f"{better / worse:,.1f} x"

    def verdict(self):
        if self.limit is None:
            return ""
        limit = self.on_this_machine(self.limit)
        sign = ">=" if self.at_least else "<="
        return f"   {sign} {limit:.3g}: {'kept' if self.kept() else 'MISSED'}"

    def on_this_machine(self, limit):
        if self.relative:
            return limit
        if self.unit in TIMES:
            return limit * Machine.slowness
        return limit / Machine.slowness if self.unit in RATES else limit

    def kept(self):
        """The median within the figure, and no more than one in fifty beyond what is allowed to any."""
        if self.limit is None:
            return True
        if len(self.ours) < ROUNDS_MIN:
            raise AssertionError(f"{self.name}: measured only {len(self.ours)} times")
        limit, median, few = self.on_this_machine(self.limit), statistics.median(self.ours), len(self.ours) // 50
        if self.at_least:
            worst = limit / 2 if self.worst is None else self.on_this_machine(self.worst)
            return median >= limit and sum(value < worst for value in self.ours) <= few
        worst = 2 * limit if self.worst is None else self.on_this_machine(self.worst)
        return median <= limit and sum(value > worst for value in self.ours) <= few


def heading():
    return f"{'median of':50s} {'supervisord':>12s} {'holdfastd':>12s}"
