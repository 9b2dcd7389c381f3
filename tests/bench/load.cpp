// load.cpp: bench_load, the clients of the benchmark. It asks any XML-RPC server from outside, over kept
// connections, and prints one line of JSON about how it was answered. One thread with epoll: it reaches several
// times the rates that are measured, so it is not what limits them. It knows nothing of the server.
//
//   bench_load calls ADDRESS METHOD CLIENTS SECONDS        each client asks again as soon as it is answered
//   bench_load paced ADDRESS METHOD PER_SECOND SECONDS     one client at a fixed pace; times count from when a
//                                                          call was due, so that a deaf server is not flattered
//   bench_load hostile ADDRESS KIND COUNT PER_SECOND SECONDS
//                                                          the same (getState) beside COUNT connections of a KIND:
//                                                          none idle half_head half_body dribble unread
//
// ADDRESS is the path of a unix socket or HOST:PORT (IPv4). Exit 1 when an answer is not a 200 or is a fault.
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <list>
#include <thread>

#include "load_client.hpp"

namespace holdfast::bench {
namespace {

/// Connections that mean no good, open as long as this object lives.
class Hostile {
 public:
  Hostile(const Address& address, const std::string& kind, int count) {
    const std::string large = request_of("supervisor.getAllProcessInfo");
    for (int i = 0; kind != "none" && i < count; ++i) {
      Client& made = open_.emplace_back(address);
      if (kind == "half_head") {
        made.send("POST /RPC2 HTTP/1.1\r\nHos");
      } else if (kind == "half_body") {
        made.send("POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n<methodCall>");
      } else if (kind == "dribble") {
        made.send("POST /RPC2 HTTP/1.1\r\nX-Dribble: ");
      } else if (kind == "unread") {
        for (int answer = 0; answer < 20; ++answer) {
          made.send(large);
        }
      } else if (kind != "idle") {
        die("unknown kind of hostile connection: " + kind);
      }
    }
    if (kind == "dribble") {
      dribbler_ = std::thread([this] { dribble(); });
    }
  }
  ~Hostile() {
    stop_ = true;
    if (dribbler_.joinable()) {
      dribbler_.join();
    }
  }
  Hostile(const Hostile&) = delete;
  Hostile& operator=(const Hostile&) = delete;

 private:
  void dribble() {
    while (!stop_) {
      for (Client& each : open_) {
        each.try_send("x");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::list<Client> open_;
  std::atomic<bool> stop_{false};
  std::thread dribbler_;
};

struct Outcome {
  std::vector<double> times_ms;  // in order of the calls
  double seconds = 0;            // until the last answer
  std::size_t unanswered = 0;    // of times_ms: given up at the end
};

/// Each client asks again as soon as it is answered; those in flight at the end are waited for.
Outcome calls(const Address& address, const std::string& request, int clients, double seconds) {
  Outcome outcome;
  ClientSet set(address, clients);
  const TimePoint begin = Clock::now();
  const TimePoint end = begin + from_seconds(seconds);
  std::vector<TimePoint> sent(static_cast<std::size_t>(clients));
  std::size_t in_flight = 0;
  const auto ask = [&](std::size_t index) {
    sent[index] = Clock::now();
    set.client(index).ask(request);
    ++in_flight;
  };
  for (std::size_t index = 0; index < sent.size(); ++index) {
    ask(index);
  }
  TimePoint now = begin;
  while (in_flight > 0) {
    set.wait([&](std::size_t index) {
      now = Clock::now();
      outcome.times_ms.push_back(milliseconds(now - sent[index]));
      --in_flight;
      if (now < end) {
        ask(index);
      }
    });
  }
  outcome.seconds = milliseconds(now - begin) / 1000;
  return outcome;
}

/// One client at a fixed pace, the first call at once and with the connecting in its time. A call that is still
/// not answered `patience_s` after the last was due counts with the time that it has waited.
Outcome paced(const Address& address, const std::string& request, double per_second, double seconds) {
  constexpr double patience_s = 10;
  Outcome outcome;
  const TimePoint begin = Clock::now();
  const TimePoint given_up = begin + from_seconds(seconds + patience_s);
  Client client(address);
  const auto count = static_cast<std::size_t>(per_second * seconds);
  for (std::size_t i = 0; i < count; ++i) {
    const TimePoint due = begin + from_seconds(static_cast<double>(i) / per_second);
    if (Clock::now() >= given_up) {
      outcome.times_ms.push_back(milliseconds(given_up - due));
      ++outcome.unanswered;
      continue;
    }
    std::this_thread::sleep_until(due);
    client.ask(request);
    if (!client.wait_answer(given_up)) {
      outcome.times_ms.push_back(milliseconds(given_up - due));
      ++outcome.unanswered;
      continue;
    }
    outcome.times_ms.push_back(milliseconds(Clock::now() - due));
    client.renew_if_closed();
  }
  outcome.seconds = milliseconds(Clock::now() - begin) / 1000;
  return outcome;
}

/// What is measured is how late the server is, not its client, which also is in another session (Linux shares the
/// processors between those first). A client that mostly sleeps may have real time. No daemon is given a priority.
void be_on_time(bool sleeps_mostly) {
  sched_param lowest{};
  lowest.sched_priority = 1;
  if (!sleeps_mostly || ::sched_setscheduler(0, SCHED_RR, &lowest) != 0) {
    (void)::setpriority(PRIO_PROCESS, 0, -15);
  }
}

double own_cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void print(Outcome outcome) {
  if (outcome.times_ms.empty()) {
    die("no call was made");
  }
  const double first = outcome.times_ms.front();
  std::sort(outcome.times_ms.begin(), outcome.times_ms.end());
  const std::size_t count = outcome.times_ms.size();
  std::printf(
      "{\"calls\": %zu, \"unanswered\": %zu, \"seconds\": %.4f, \"per_second\": %.1f, \"first_ms\": %.3f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"own_cpu_seconds\": %.3f}\n",
      count, outcome.unanswered, outcome.seconds, static_cast<double>(count) / outcome.seconds, first,
      outcome.times_ms[count / 2], outcome.times_ms[count * 99 / 100], outcome.times_ms.back(), own_cpu_seconds());
}

int run(const std::vector<std::string>& words) {
  be_on_time(!words.empty() && words[0] != "calls");
  if (words.size() == 5 && words[0] == "calls") {
    print(calls(Address(words[1]), request_of(words[2]), std::stoi(words[3]), std::stod(words[4])));
    return 0;
  }
  if (words.size() == 5 && words[0] == "paced") {
    print(paced(Address(words[1]), request_of(words[2]), std::stod(words[3]), std::stod(words[4])));
    return 0;
  }
  if (words.size() == 6 && words[0] == "hostile") {
    const Address address(words[1]);
    const Hostile hostile(address, words[2], std::stoi(words[3]));
    print(paced(address, request_of("supervisor.getState"), std::stod(words[4]), std::stod(words[5])));
    return 0;
  }
  std::fprintf(stderr, "usage: see the head of tests/bench/load.cpp\n");
  return 2;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  return holdfast::bench::run(std::vector<std::string>(argv + 1, argv + argc));
}
