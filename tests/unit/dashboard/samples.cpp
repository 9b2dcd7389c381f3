#include "samples.hpp"

namespace holdfast::dashboard {

namespace {

constexpr WallTime kNow = WallTime::from_seconds(1'795'233'600);

WallTime ago(std::int64_t seconds) {
  return WallTime::from_seconds(kNow.seconds() - seconds);
}

/// Either the sample's own text or the hostile word.
class Words {
 public:
  explicit Words(const std::optional<std::string>& word) : word_(word) {}
  std::string operator()(const char* text) const { return word_ ? *word_ : text; }

 private:
  const std::optional<std::string>& word_;
};

FrameView frame(const Words& w) {
  FrameView f;
  f.version = "0.1.0";
  f.cluster = w("production");
  f.node = w("n1");
  f.node_identifier = w("10.0.0.1:9001");
  f.master = w("n2");
  f.cluster_state = w("OPERATION");
  f.epoch = 7;
  f.user = w("admin");
  f.warnings = {w("gossip is open: no cluster key; anybody on this network can join")};
  f.csrf_token = "0123456789abcdef";
  f.now = kNow;
  f.flash = FlashMessage{Tone::good, w("web:front is stopped"), w("op-9f3c")};
  return f;
}

Condition condition_of(ProcessState state) {
  if (state == ProcessState::running) {
    return Condition::running;
  }
  if (state == ProcessState::exited) {
    return Condition::finished;
  }
  return is_running(state) && state != ProcessState::backoff ? Condition::moving
         : state == ProcessState::stopped                    ? Condition::stopped
                                                             : Condition::failed;
}

ProcessRowView process(const Words& w, const char* application, const char* name, ProcessState state,
                       std::vector<std::string> nodes, std::int64_t age_s, const char* description) {
  ProcessRowView row;
  row.application = w(application);
  row.process = w(name);
  row.state = state;
  row.condition = condition_of(state);
  row.nodes = std::move(nodes);
  row.since = age_s > 0 ? ago(age_s) : WallTime{};
  row.description = *description == '\0' ? "" : w(description);
  row.pid = row.state == ProcessState::running && row.nodes.size() == 1 ? 4000 + age_s % 997 : 0;
  return row;
}

std::vector<ProcessRowView> processes(const Words& w) {
  const std::string n1 = w("n1");
  const std::string n2 = w("n2");
  const std::string n3 = w("n3");
  std::vector<ProcessRowView> rows = {
      process(w, "cache", "redis", ProcessState::running, {n2}, 12, "moved here from n3: node n3 is silent"),
      process(w, "cron", "cron", ProcessState::exited, {n1}, 5400, "exit status 0 (expected)"),
      process(w, "mail", "queue", ProcessState::backoff, {n1}, 3, "exited too quickly (exit status 1), 2 of 3 tries"),
      process(w, "radar", "ingest", ProcessState::fatal, {n2}, 312, "can't find command '/opt/radar/ingest'"),
      process(w, "radar", "tracker_00", ProcessState::running, {n1}, 864'00 * 12, ""),
      process(w, "radar", "tracker_01", ProcessState::running, {n1, n2}, 40, ""),
      process(w, "web", "front", ProcessState::running, {n1}, 93'784, ""),
      process(w, "web", "migrate", ProcessState::exited, {n1}, 93'790, "exit status 0 (expected)"),
      process(w, "web", "worker_00", ProcessState::starting, {n2}, 1, ""),
      process(w, "web", "worker_01", ProcessState::running, {n1}, 61, ""),
      process(w, "web", "worker_02", ProcessState::stopped, {}, 0, "not started"),
  };
  rows[5].conflict = true;
  rows[0].required = true;
  rows[6].required = true;
  return rows;
}

std::vector<EventView> events(const Words& w) {
  return {
      {4711, ago(2), w("STARTING"), Tone::busy, w("was STOPPED"), w("web"), w("worker_00"), w("n2"), ""},
      {4710, ago(2), w("start"), Tone::idle, w("least loaded of 2 candidates: n2 has 30 %, n1 45 %"), w("web"),
       w("worker_00"), w("n2"), w("op-1")},
      {4705, ago(12), w("start"), Tone::idle, w("n3 died while it ran there; failover=RESTART_PROCESS"), w("cache"),
       w("redis"), w("n2"), w("op-2")},
      {4704, ago(13), w("SILENT"), Tone::bad, w("no heartbeat for 1.2 s, confirmed by n2"), "", "", w("n3"), ""},
      {4690, ago(300), w("restart"), Tone::idle, w("by admin from 10.0.0.7"), w("radar"), w("ingest"), "", w("op-3")},
      {4001, ago(86'000), w("agent started"), Tone::warning, w("crashed; no program was touched"), "", "", w("n1"), ""},
  };
}

}  // namespace

OverviewView sample_overview(const std::optional<std::string>& word) {
  const Words w(word);
  OverviewView view;
  view.frame = frame(w);
  view.attention = {
      {Tone::bad, w("radar"), w("ingest"), w("n2"), w("FATAL"),
       w("can't find command '/opt/radar/ingest'; gave up after 3 tries"), ago(312)},
      {Tone::bad, w("radar"), w("tracker_01"), "", w("conflict"),
       w("runs on n1 and n2; conciliation strategy USER: stop one of them"), ago(40)},
      {Tone::bad,
       {},
       {},
       w("n3"),
       w("SILENT"),
       w("no heartbeat for 14 s; its 2 programs were started elsewhere"),
       ago(14)},
      {Tone::warning, w("mail"), w("queue"), w("n1"), w("BACKOFF"),
       w("exited too quickly (exit status 1), 2 of 3 tries"), ago(3)},
  };
  view.processes_total = 214;
  view.processes_running = 207;
  view.nodes = {
      {w("n1"), w("10.0.0.1:9001"), MemberState::running, false, true, 45, 98, 101, ago(864'000), ""},
      {w("n2"), w("10.0.0.2:9001"), MemberState::running, true, false, 30, 109, 113, ago(864'100), ""},
      {w("n3"), w("10.0.0.3:9001"), MemberState::failed, false, false, 0, 0, 2, ago(14),
       w("port 9001 refuses: the agent is gone")},
  };
  view.applications = {
      {w("cache"), ApplicationState::running, Health::good, 1, 0, 0, 0, {w("n2")}, "", true},
      {w("radar"), ApplicationState::running, Health::major_failure, 2, 0, 1, 0, {w("n1"), w("n2")}, "", true},
      {w("web"),
       ApplicationState::starting,
       Health::minor_failure,
       2,
       1,
       0,
       2,
       {w("n1"), w("n2")},
       w("worker_00 before rank 3"),
       true},
  };
  view.processes = processes(w);
  view.filter = {word ? *word : "", 11, 11, 1, 1};
  view.events = events(w);
  return view;
}

ApplicationView sample_application(const std::optional<std::string>& word) {
  const Words w(word);
  ApplicationView view;
  view.frame = frame(w);
  view.frame.warnings.clear();
  view.frame.flash.reset();
  view.row = {w("web"), ApplicationState::starting, Health::minor_failure,        2,   1, 0,
              2,        {w("n1"), w("n2")},         w("worker_00 before rank 3"), true};
  view.starting_strategy = w("LESS_LOADED");
  view.distribution = w("ALL_INSTANCES");
  view.starting_failure = w("ABORT");
  view.running_failure = w("RESTART_PROCESS");
  view.operation = w("starting 3/5");
  const auto all = processes(w);
  view.ranks = {{1, StepState::done, {all[7]}},
                {2, StepState::starting, {all[6], all[8], all[9]}},
                {3, StepState::stopped, {all[10]}}};
  view.columns = {w("n1"), w("n2"), w("n3")};
  using enum ProcessState;
  view.matrix = {{all[6], {running, stopped, stopped}},
                 {all[8], {stopped, starting, std::nullopt}},
                 {all[9], {running, stopped, std::nullopt}}};
  const auto happened = events(w);
  view.why = {happened[1], happened[2]};
  return view;
}

ProcessView sample_process(const std::optional<std::string>& word) {
  const Words w(word);
  ProcessView view;
  view.frame = frame(w);
  view.frame.warnings.clear();
  view.frame.flash.reset();
  view.row = processes(w)[6];
  view.copies = {
      {w("n1"), w("10.0.0.1:9001"), ProcessState::running, 4071, ago(93'784), "", false},
      {w("n2"), w("10.0.0.2:9001"), ProcessState::stopped, 0, ago(93'800), w("terminated by SIGTERM"), false},
      {w("n3"), w("10.0.0.3:9001"), ProcessState::unknown, 0, WallTime{}, w("the node is silent"), true}};
  view.command = w("/usr/bin/python3 -m http.server --bind 10.0.0.1 8080");
  view.log.node = w("n1");
  view.log.file = w("/var/log/web/front.log");
  view.log.size = 48'211;
  view.log.cut = true;
  view.log.follow_url = "logtail/" + std::string("web%3Afront") + "/stdout";
  for (int i = 0; i < 12; ++i) {
    view.log.tail += w("10.0.0.7 - - [21/Nov/2026 03:50:07] \"GET /items HTTP/1.1\" 200 5120 <ok>") + "\n";
  }
  view.events = events(w);
  view.why = {view.events[1], view.events[2]};
  return view;
}

}  // namespace holdfast::dashboard
