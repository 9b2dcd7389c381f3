"""What is measured while nobody looks (contract supvisors.md section 9; decision 0017)."""
import unittest

from events_test import ZmqSubscriber
from nodes import Workspace, free_port, small_cluster

RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'


class Unwatched(unittest.TestCase):
    """Nobody looks: of many programs a few are read each period, those first that have waited longest (decision 0017)."""

    def test_all_have_their_turn(self):
        count = 200  # of two texts each; about 100 texts a period
        port = free_port()
        programs = "[program:many]\ncommand = /bin/sleep 100000\nprocess_name = %(process_num)s\n" \
                   f"numprocs = {count}\nstartsecs = 0\n"
        options = f"event_link = ZMQ\nevent_port = {port}\nstats_collecting_period = 1\nstats_periods = 1"
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, programs, RULES, options=options)
            cluster.wait_for_state()
            node = cluster["n1"]
            clock = ZmqSubscriber("127.0.0.1", port, ["hstats"])  # of each period; nobody asks for programs
            self.addCleanup(clock.close)

            def spans_after(turns):
                for _ in range(turns):
                    self.assertIsNotNone(clock.receive())
                rows = node.rpc.holdfast.getStatistics()["processes"]
                return [row["period"][1] - row["period"][0] for row in rows if row["namespec"] != "supervisord"]
            unwatched = spans_after(10)
            self.assertEqual(len(unwatched), count)  # each had a second reading
            self.assertGreater(min(unwatched), 1.5)
            watched = spans_after(5)  # it was looked at
            self.assertEqual(len(watched), count)
            self.assertGreater(sum(span < 1.5 for span in watched), count / 2, watched)


if __name__ == "__main__":
    unittest.main()
