#include "api/pages/read_models.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "api/cluster_values.hpp"
#include "api/node_notes.hpp"
#include "base/text.hpp"
#include "dashboard/pages.hpp"
#include "supervision/ending.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

using dashboard::ProcessRowView;
using dashboard::Tone;

bool is_up(const std::string& state) {
  return state == "RUNNING";
}
bool has_failed(const ProcessRowView& row) {
  return row.state == "FATAL" || row.state == "BACKOFF" || row.state == "UNKNOWN" ||
         (row.state == "EXITED" && !row.description.empty());
}

/// Why it ended, in words; empty when that was expected or it runs.
std::string trouble_of(supervision::ProcessState state, bool expected, const std::string& failure) {
  if (state == supervision::ProcessState::fatal || state == supervision::ProcessState::backoff ||
      (state == supervision::ProcessState::exited && !expected)) {
    return failure.empty() ? "ended unexpectedly" : failure;
  }
  return {};
}

/// The contract's description, and what it leaves out of a failure.
std::string with_failure(const std::string& description, const std::string& spawn_error,
                         const std::string& ending, const std::string& last_words) {
  if (spawn_error.empty()) {
    return description;
  }
  const std::string failure = supervision::failure_text(spawn_error, ending, last_words);
  return failure.starts_with(description) ? failure : description + "; " + failure;
}

ProcessRowView row_of(const supervision::Process& process) {
  const supervision::LastRun& run = process.record().last_run;
  ProcessRowView row;
  row.application = process.key().group;
  row.process = process.key().name;
  row.state = supervision::name_of(process.state());
  row.pid = process.pid();
  const bool stopped = supervision::is_stopped(process.state());
  row.since = stopped ? run.stop_wall : run.start_wall;
  row.description = trouble_of(process.state(), run.spawnerr.empty(),
                               supervision::failure_text(run.spawnerr, run.ending, run.last_words));
  return row;
}

/// What one process looks like over the cluster.
ProcessRowView row_of(const Ports& ports, const rules::ProcessId& id, const rules::ProcessView& process) {
  const cluster::View& view = ports.cluster->node().view();
  const rules::Matcher& matcher = ports.cluster->node().engine().matcher();
  const rules::ProcessStatus status = rules::process_status(process);
  const rules::ProgramRules& rules = matcher.program(id);
  ProcessRowView row;
  row.application = id.application;
  row.process = id.process;
  row.state = state_name_of(status.state);
  row.conflict = status.conflict;
  row.managed = true;
  row.required = rules.required;
  row.rank = matcher.application(id.application).managed ? rules.start_sequence : -1;
  row.description = status.reason;
  const std::string namespec = rules::namespec_of(id);
  std::int64_t latest_us = 0;
  for (const cluster::MemberView& member : view.members) {
    const auto fact = member.table.rows().find(namespec);
    if (fact == member.table.rows().end() || !process.copies.contains(member.identifier)) {
      continue;
    }
    const bool here = std::ranges::find(status.running_on, member.identifier) != status.running_on.end();
    if (here) {
      row.nodes.push_back(member.nick);
      row.pid = status.running_on.size() == 1 ? fact->second.pid : 0;
    }
    const std::int64_t us =
        here ? fact->second.start_us : std::max(fact->second.start_us, fact->second.stop_us);
    if (us > latest_us && (here || status.running_on.empty())) {
      latest_us = us;
      row.since = WallTime{us};
      if (!here) {
        row.nodes = {member.nick};
        const std::string trouble =
            trouble_of(fact->second.state, fact->second.expected_exit,
                       supervision::failure_text(fact->second.spawn_error, fact->second.ending,
                                                 fact->second.last_words));
        row.description = status.reason.empty() ? trouble : status.reason;
      }
    }
  }
  return row;
}

std::string waiting_of(const Ports& ports, const std::string& application) {
  if (ports.cluster == nullptr) {
    return {};
  }
  for (const rules::JobView& job : ports.cluster->node().view().jobs) {
    if (job.application == application && !job.commands.empty()) {
      std::vector<std::string> names;
      for (const rules::CommandView& command : job.commands) {
        names.push_back(command.id.process);
      }
      return std::string(job.start ? "starting" : "stopping") + ", waiting for " + text::join(names, ", ");
    }
  }
  return {};
}

void count_in(dashboard::ApplicationRowView& row, const ProcessRowView& process) {
  if (is_up(process.state)) {
    ++row.running;
  } else if (process.state == "STARTING" || process.state == "STOPPING") {
    ++row.starting;
  } else if (has_failed(process)) {
    ++row.failed;
  } else {
    ++row.stopped;
  }
  for (const std::string& node : process.nodes) {
    if (is_up(process.state) && std::ranges::find(row.nodes, node) == row.nodes.end()) {
      row.nodes.push_back(node);
    }
  }
}

/// Alone: the application's state from its processes (contract supvisors.md 3.6).
std::string state_from(const dashboard::ApplicationRowView& row,
                       const std::vector<const ProcessRowView*>& processes) {
  const auto any = [&](std::string_view state) {
    return std::ranges::any_of(processes, [&](const auto* process) { return process->state == state; });
  };
  if (any("STOPPING")) {
    return "STOPPING";
  }
  if (any("STARTING") || any("BACKOFF")) {
    return "STARTING";
  }
  return row.running > 0 ? "RUNNING" : "STOPPED";
}

dashboard::NodeView node_view(const Ports& ports, const cluster::MemberView& member) {
  const cluster::View& view = ports.cluster->node().view();
  dashboard::NodeView node;
  node.nick = member.nick;
  node.identifier = member.identifier;
  node.state = cluster::name_of(member.state);
  node.master = view.master == member.identifier;
  node.local = member.local;
  node.load = load_of(view, ports.cluster->node().engine().matcher(), member.identifier);
  for (const auto& [namespec, fact] : member.table.rows()) {
    const bool counts = member.local || member.state == cluster::MemberState::running ||
                        member.state == cluster::MemberState::away;
    node.running += counts && fact.state == supervision::ProcessState::running ? 1 : 0;
    ++node.processes;
  }
  node.since = WallTime{ports.agent.wall().us - (ports.agent.now() - member.state_since).count() / 1000};
  node.note = note_of(member, [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); });
  return node;
}

Tone tone_of(const HistoryLine& line) {
  if (line.kind == "state") {
    return dashboard::tone_of_process(line.word);
  }
  if (line.kind == "node" && line.word != "cluster") {
    return dashboard::tone_of_node(line.word);
  }
  const bool refused = line.word.starts_with("refused") || line.word.starts_with("completed ");
  return line.kind == "gap" || refused ? Tone::warning : Tone::idle;
}

}  // namespace

dashboard::FrameView frame_view(const Ports& ports, const WebRequest& request) {
  dashboard::FrameView frame;
  frame.version = HOLDFAST_VERSION;
  frame.node = ports.agent.settings().daemon.identifier;
  if (const auto& cluster = ports.agent.settings().cluster) {
    frame.name = cluster->branding.name;
    frame.has_icon = !cluster->branding.icon.empty();
    frame.has_style = !cluster->branding.css_files.empty();
  }
  frame.user = request.user;
  frame.warnings = ports.agent.warnings();
  frame.csrf_token = ports.tokens.issue(request.user);
  frame.now = ports.agent.wall();
  frame.utc_offset_s = static_cast<int>(ports.agent.utc_offset_s(frame.now.seconds()));
  const auto refresh = text::parse_int(request.query_value("refresh"));
  frame.refresh_s = refresh && *refresh > 0 && *refresh <= 3600 ? static_cast<int>(*refresh) : 0;
  if (ports.cluster != nullptr) {
    const cluster::View& view = ports.cluster->node().view();
    frame.cluster = ports.cluster->name();
    frame.node = view.me().nick;
    frame.node_identifier = view.me().identifier;
    const cluster::MemberView* master = view.master ? view.find(*view.master) : nullptr;
    frame.master = master == nullptr ? "" : master->nick;
    frame.cluster_state = cluster::name_of(view.state);
    frame.epoch = view.term.epoch;
    for (std::string& warning :
         cluster_warnings(view, [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); })) {
      frame.warnings.push_back(std::move(warning));
    }
  }
  return frame;
}

std::vector<ProcessRowView> process_rows(const Ports& ports) {
  std::vector<ProcessRowView> rows;
  if (ports.cluster != nullptr) {
    for (const auto& [application, processes] : ports.cluster->node().view().cluster.applications) {
      for (const auto& [name, process] : processes) {
        rows.push_back(row_of(ports, {application, name}, process));
      }
    }
    return rows;
  }
  for (const supervision::ProcessGroup* group : ports.supervision.supervisor().groups()) {
    for (const auto& process : group->processes()) {
      rows.push_back(row_of(*process));
    }
  }
  std::ranges::sort(rows, {},
                    [](const ProcessRowView& row) { return std::tie(row.application, row.process); });
  return rows;
}

std::optional<ProcessRowView> process_row(const Ports& ports, const std::string& application,
                                          const std::string& process) {
  if (ports.cluster != nullptr) {
    const auto& applications = ports.cluster->node().view().cluster.applications;
    const auto found = applications.find(application);
    if (found == applications.end() || !found->second.contains(process)) {
      return std::nullopt;
    }
    return row_of(ports, {application, process}, found->second.at(process));
  }
  const supervision::Process* found = ports.supervision.supervisor().find(application, process);
  return found == nullptr ? std::nullopt : std::optional(row_of(*found));
}

std::vector<dashboard::CopyRowView> copy_rows(const Ports& ports, const std::string& application,
                                              const std::string& process) {
  std::vector<dashboard::CopyRowView> rows;
  const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
  if (ports.cluster == nullptr) {
    if (const supervision::Process* found = ports.supervision.supervisor().find(application, process)) {
      const ProcessRowView row = row_of(*found);
      const supervision::LastRun& run = found->record().last_run;
      rows.push_back({ports.agent.settings().daemon.identifier, "", row.state, row.pid, row.since,
                      with_failure(supervision::info_of(*found, ports.agent.wall(), offset).description,
                                   run.spawnerr, run.ending, run.last_words),
                      false});
    }
    return rows;
  }
  for (const cluster::MemberView& member : ports.cluster->node().view().members) {
    const auto found = member.table.rows().find(application + ":" + process);
    if (found == member.table.rows().end()) {
      continue;
    }
    const cluster::ProcessFact& fact = found->second;
    const bool stopped = supervision::is_stopped(fact.state);
    const supervision::DescribedProcess described{process,
                                                  fact.state,
                                                  fact.start_us / 1'000'000,
                                                  fact.stop_us / 1'000'000,
                                                  ports.agent.wall().seconds(),
                                                  fact.pid,
                                                  fact.spawn_error};
    rows.push_back({member.nick, member.identifier, std::string(supervision::name_of(fact.state)), fact.pid,
                    WallTime{stopped ? fact.stop_us : fact.start_us},
                    with_failure(supervision::describe(described, offset), fact.spawn_error, fact.ending,
                                 fact.last_words),
                    fact.disabled});
  }
  return rows;
}

std::vector<dashboard::ApplicationRowView> application_rows(const Ports& ports,
                                                            const std::vector<ProcessRowView>& processes) {
  std::map<std::string, std::vector<const ProcessRowView*>> by_application;
  for (const ProcessRowView& process : processes) {
    by_application[process.application].push_back(&process);
  }
  std::vector<dashboard::ApplicationRowView> rows;
  for (const auto& [name, members] : by_application) {
    dashboard::ApplicationRowView row;
    row.name = name;
    for (const ProcessRowView* process : members) {
      count_in(row, *process);
    }
    row.state = state_from(row, members);
    if (ports.cluster != nullptr) {
      const cluster::Node& node = ports.cluster->node();
      const rules::ApplicationStatus status =
          rules::application_status(node.view().cluster, node.engine().matcher(), name);
      row.state = rules::name_of(status.state);
      row.managed = status.managed;
      row.health = status.major_failure ? "major failure" : (status.minor_failure ? "minor failure" : "");
      row.waiting = waiting_of(ports, name);
    }
    std::ranges::sort(row.nodes);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<dashboard::NodeView> node_views(const Ports& ports) {
  std::vector<dashboard::NodeView> nodes;
  if (ports.cluster != nullptr) {
    for (const cluster::MemberView& member : ports.cluster->node().view().members) {
      nodes.push_back(node_view(ports, member));
    }
  }
  return nodes;
}

std::vector<dashboard::AttentionItem> attention_items(const Ports& ports,
                                                      const std::vector<ProcessRowView>& processes,
                                                      const std::vector<dashboard::NodeView>& nodes) {
  std::vector<dashboard::AttentionItem> items;
  for (const dashboard::NodeView& node : nodes) {
    if (node.state != "RUNNING") {
      items.push_back({node.state == "AWAY" || node.state == "CHECKING" || node.state == "CHECKED"
                           ? Tone::warning
                           : Tone::bad,
                       {}, {}, node.nick, "node " + node.state, node.note, node.since});
    }
  }
  if (ports.cluster != nullptr && ports.agent.settings().cluster->wait_for.user &&
      ports.cluster->node().view().state == cluster::ClusterState::synchronization) {
    items.push_back({Tone::warning, {}, {}, "", "waiting",
                     "no Master and nothing is started until a person says so: holdfastctl end_sync [NODE]",
                     WallTime{}});
  }
  const bool all_here = items.empty();  // else each that is not here is named already
  for (const ProcessRowView& row : processes) {
    const std::string node = row.nodes.empty() ? "" : row.nodes.front();
    if (row.conflict) {
      items.push_back({Tone::bad, row.application, row.process, text::join(row.nodes, ", "), "conflict",
                       "it runs on more than one node", row.since});
    } else if (has_failed(row)) {
      items.push_back({row.state == "BACKOFF" ? Tone::warning : Tone::bad, row.application, row.process, node,
                       row.state, row.description, row.since});
    }
  }
  if (all_here && ports.cluster != nullptr && ports.cluster->node().view().degraded) {
    items.push_back(
        {Tone::warning, {}, {}, "", "degraded", "not every node that was waited for is here", WallTime{}});
  }
  return items;
}

std::optional<dashboard::ApplicationView> application_view(const Ports& ports, const std::string& name,
                                                           std::vector<ProcessRowView> processes,
                                                           const std::vector<dashboard::NodeView>& nodes) {
  std::erase_if(processes, [&](const ProcessRowView& row) { return row.application != name; });
  if (processes.empty()) {
    return std::nullopt;
  }
  dashboard::ApplicationView view;
  view.row = application_rows(ports, processes).front();
  view.operation = view.row.waiting;
  std::map<int, dashboard::RankView> ranks;
  for (const ProcessRowView& row : processes) {
    if (row.rank <= 0) {
      view.unranked.push_back(row);
    } else {
      ranks[row.rank].rank = row.rank;
      ranks[row.rank].processes.push_back(row);
    }
  }
  for (auto& [rank, step] : ranks) {
    const bool failed = std::ranges::any_of(step.processes, has_failed);
    const bool moving = std::ranges::any_of(step.processes, [](const ProcessRowView& row) {
      return row.state == "STARTING" || row.state == "STOPPING";
    });
    const bool done = std::ranges::all_of(step.processes, [](const ProcessRowView& row) {
      return is_up(row.state) || (row.state == "EXITED" && row.description.empty());
    });
    step.state = failed ? "failed" : (moving ? "starting" : (done ? "done" : "stopped"));
    view.ranks.push_back(std::move(step));
  }
  if (ports.cluster != nullptr) {
    const rules::ApplicationRules& rules = ports.cluster->node().engine().matcher().application(name);
    view.starting_strategy = holdfast::name_of(rules.starting_strategy);
    view.distribution = rules::name_of(rules.distribution);
    view.starting_failure = rules::name_of(rules.starting_failure_strategy);
    view.running_failure = rules::name_of(rules.running_failure_strategy);
  }
  for (const dashboard::NodeView& node : nodes) {
    view.columns.push_back(node.nick);
  }
  for (const ProcessRowView& row : processes) {
    std::vector<std::string> states(view.columns.size());
    for (const dashboard::CopyRowView& copy : copy_rows(ports, row.application, row.process)) {
      const auto column = std::ranges::find(view.columns, copy.node);
      if (column != view.columns.end()) {
        states[static_cast<std::size_t>(column - view.columns.begin())] = copy.state;
      }
    }
    view.matrix.emplace_back(row, std::move(states));
  }
  return view;
}

dashboard::EventView event_view(const Ports& ports, const HistoryLine& line) {
  dashboard::EventView event;
  event.id = line.id;
  event.at = line.at;
  event.word = line.word;
  event.tone = tone_of(line);
  event.detail = line.detail;
  event.application = line.application;
  event.process = line.process;
  event.node = line.node;
  if (ports.cluster != nullptr) {
    const cluster::MemberView* member = ports.cluster->node().view().find(line.node);
    event.node = member == nullptr ? line.node : member->nick;
  }
  event.operation = line.operation;
  event.cause = line.kind != "state";
  return event;
}

}  // namespace holdfast::api
