"""Who looks at statistics, and what is measured while nobody does (contract supvisors.md section 9, 7.5; decision 0017): of two
nodes, seen from the other one."""
import unittest

from events_test import ZmqSubscriber
from nodes import Workspace, free_port, small_cluster, wait_for
from statistics_test import HSTATS, PSTATS

RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
COUNT = 200  # programs, of two texts each; about 100 texts a period while nobody looks
PROGRAMS = f"""[program:many]
command = /bin/sleep 100000
process_name = %(process_num)s
numprocs = {COUNT}
startsecs = 0
"""
OPTIONS = "event_link = ZMQ\nevent_port = {port}\nstats_collecting_period = 1\nstats_periods = 1"
SHORT_S = 1.5  # so long is a span at most when every period is read
ANSWER_S = 15


def span(point):
    return point["period"][1] - point["period"][0]


class Unwatched(unittest.TestCase):
    def points(self, subscriber, node, enough):
        """What the subscriber hears of a node, until that is enough."""
        heard = []
        while not enough(heard):
            message = subscriber.receive(ANSWER_S)
            self.assertIsNotNone(message, heard[-1:])
            if message[1]["identifier"] == node.identifier:
                heard.append(message[1])
        return heard

    def sent(self, node):
        return node.rpc.holdfast.getCluster()["counters"]["statistics sent to nodes"]

    def test_seen_from_another_node(self):
        """hstats and pstats of n2 at a subscriber of n1. Of many programs a few are read each period while nobody looks,
        those first that have waited longest; all of them every period once somebody does, be it at another node; nothing
        is sent between nodes before and after."""
        port = free_port()
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 2, PROGRAMS, RULES, options=OPTIONS.format(port=port))
            cluster.wait_until_whole()
            n1, n2 = cluster
            self.assertEqual([self.sent(node) for node in cluster], [0, 0])
            clock = ZmqSubscriber("127.0.0.1", port, ["hstats"])  # of each period of n2; nobody asks for programs
            self.addCleanup(clock.close)
            hosts = self.points(clock, n2, lambda heard: len(heard) == 7)
            self.assertEqual(set(hosts[0]), HSTATS)
            self.assertEqual([host["period"][0] for host in hosts[1:]], [host["period"][1] for host in hosts[:-1]])
            self.assertTrue(all(0 < host["mem"] < 100 and "lo" in host["net_io"] for host in hosts), hosts[0])

            # A call looks, at n1's own.
            unwatched = [span(row) for row in n1.rpc.holdfast.getStatistics()["processes"] if row["namespec"] != "supervisord"]
            self.assertGreater(len(unwatched), 0)
            self.assertGreater(min(unwatched), SHORT_S)
            self.points(clock, n2, lambda heard: len(heard) == 3)
            watched = [span(row) for row in n1.rpc.holdfast.getStatistics()["processes"] if row["namespec"] != "supervisord"]
            self.assertEqual(len(watched), COUNT)
            self.assertGreater(sum(one < SHORT_S for one in watched), COUNT / 2, watched)

            # A subscriber of n1 looks at n2's. The first point of each program tells how long it was not read.
            watcher = ZmqSubscriber("127.0.0.1", port, ["pstats"])
            self.addCleanup(watcher.close)
            spans = {f"many:{number}": [] for number in range(COUNT)}

            def all_twice(heard):
                if heard and heard[-1]["namespec"] in spans:
                    spans[heard[-1]["namespec"]].append(span(heard[-1]))
                return min(map(len, spans.values())) >= 2
            points = self.points(watcher, n2, all_twice)
            self.assertGreater(sum(first > SHORT_S for first, *_ in spans.values()), COUNT / 2, spans)
            self.assertGreater(sum(last < SHORT_S for *_, last in spans.values()), COUNT / 2, spans)
            pids = n2.own_pids()
            for point in points:
                daemon = point["namespec"] == "supervisord"
                self.assertEqual(set(point), PSTATS | ({"nb_cores"} if daemon else set()))
                self.assertTrue(daemon or point["pid"] == pids[point["namespec"]], point)

            # Nobody looks any more: the peer is told so when its asking was due.
            clock.close()
            watcher.close()
            before = []

            def calm():
                before.append(self.sent(n2))
                return len(before) > 1 and before[-1] == before[-2]
            wait_for(calm, ANSWER_S, "silence of more than a period", every_s=1.3)
            self.assertGreater(before[-1], 2 * COUNT)


if __name__ == "__main__":
    unittest.main()
