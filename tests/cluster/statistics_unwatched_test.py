"""Who looks at statistics, and what is measured while nobody does (contract supvisors.md section 9, 7.5; decision 0017): of two
nodes, seen from the other one."""
import time
import unittest

from events_test import ZmqSubscriber
from nodes import PATIENCE_S, Workspace, free_port, small_cluster
from statistics_test import HSTATS, PSTATS

RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
COUNT = 150  # programs, of two texts each; about 100 texts a period while nobody looks
PROGRAMS = f"""[program:many]
command = /bin/sleep 100000
process_name = %(process_num)s
numprocs = {COUNT}
startsecs = 0
"""
OPTIONS = "event_link = ZMQ\nevent_port = {port}\nstats_collecting_period = 1\nstats_periods = 1"
SHORT_S = 1.5  # so long is a span at most when every period is read
ANSWER_S = PATIENCE_S


def span(point):
    return point["period"][1] - point["period"][0]


class Unwatched(unittest.TestCase):
    def points(self, subscriber, node, enough):
        """What the subscriber hears of a node, until that is enough: [(header, body)]."""
        heard = []
        end = time.monotonic() + ANSWER_S
        while not enough(heard):
            message = subscriber.receive(max(0, end - time.monotonic()))
            self.assertIsNotNone(message, heard[-1:])
            if message[1]["identifier"] == node.identifier:
                heard.append(message)
        return heard

    def sent(self, node):
        return node.rpc.holdfast.getCluster()["counters"]["statistics sent to nodes"]

    def test_seen_from_another_node(self):
        """hstats and pstats of n2 at a subscriber of n1: every program every period while it listens; nothing is sent
        between nodes before, and soon after. Then, of many programs, a few are read each period, those first that have
        waited longest, until somebody calls for them."""
        port = free_port()
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 2, PROGRAMS, RULES, options=OPTIONS.format(port=port))
            cluster.wait_until_whole()
            n1, n2 = cluster
            self.assertEqual([self.sent(node) for node in cluster], [0, 0])
            watcher = ZmqSubscriber("127.0.0.1", port, ["hstats", "pstats"])
            self.addCleanup(watcher.close)
            spans = {f"many:{number}": [] for number in range(COUNT)}

            def every_period(heard):
                """Whether each is told of for the second time, and half of them each period: a period that a machine with other
                work made long is not the last word."""
                if heard and heard[-1][0] == "pstats" and heard[-1][1]["namespec"] in spans:
                    spans[heard[-1][1]["namespec"]].append(span(heard[-1][1]))
                return (min(map(len, spans.values())) >= 2
                        and sum(each[-1] < SHORT_S for each in spans.values()) > COUNT / 2)
            heard = self.points(watcher, n2, every_period)
            watcher.close()
            hosts = [body for header, body in heard if header == "hstats"]
            self.assertGreater(len(hosts), 0)
            for host in hosts:
                self.assertEqual(set(host), HSTATS)
                self.assertTrue(0 < host["mem"] < 100 and "lo" in host["net_io"], host)
            pids = n2.own_pids()
            for point in (body for header, body in heard if header == "pstats"):
                daemon = point["namespec"] == "supervisord"
                self.assertEqual(set(point), PSTATS | ({"nb_cores"} if daemon else set()))
                self.assertTrue(daemon or point["pid"] == pids[point["namespec"]], point)

            clock = ZmqSubscriber("127.0.0.2", port, ["hstats"])  # of each period of n2, heard there
            self.addCleanup(clock.close)
            sent = []

            def calm(_):
                sent.append(self.sent(n2))
                return len(sent) > 2 and sent[-1] == sent[-3]
            self.points(clock, n2, calm)
            self.assertGreater(sent[-1], 2 * COUNT)
            self.points(clock, n2, lambda heard: len(heard) == 5)  # in three of them each program has its turn
            unwatched = self.spans_at(n2)
            self.assertEqual(len(unwatched), COUNT)
            self.assertGreater(min(unwatched), SHORT_S)
            # It was called; each call asks for the next periods, too.
            self.points(clock, n2, lambda heard: sum(one < SHORT_S for one in self.spans_at(n2)) > COUNT / 2)
            self.assertEqual(self.sent(n2), sent[-1])

    @staticmethod
    def spans_at(node):
        return [span(row) for row in node.rpc.holdfast.getStatistics()["processes"] if row["namespec"] != "supervisord"]


if __name__ == "__main__":
    unittest.main()
