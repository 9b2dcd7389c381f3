#include "api/pages/process_model.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "api/cluster_values.hpp"
#include "supervision/ending.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

using dashboard::Condition;
using dashboard::ProcessRowView;

/// `trouble`: what is said of a failure, or of a state that is shown instead of the real one.
Condition condition_of(ProcessState state, const std::string& trouble) {
  switch (state) {
    case ProcessState::running:
      return Condition::running;
    case ProcessState::starting:
    case ProcessState::stopping:
      return Condition::moving;
    case ProcessState::fatal:
    case ProcessState::backoff:
    case ProcessState::unknown:
      return Condition::failed;
    case ProcessState::exited:
      return trouble.empty() ? Condition::finished : Condition::failed;
    case ProcessState::stopped:
      return Condition::stopped;
  }
  return Condition::stopped;
}

/// Why it ended, in words; empty when that was expected or it runs.
std::string trouble_of(ProcessState state, bool expected, const std::string& failure) {
  if (state == ProcessState::fatal || state == ProcessState::backoff || (state == ProcessState::exited && !expected)) {
    return failure.empty() ? "ended unexpectedly" : failure;
  }
  return {};
}

/// The contract's description, and what it leaves out of a failure.
std::string with_failure(const std::string& description, const std::string& spawn_error, const std::string& ending,
                         const std::string& last_words) {
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
  row.state = process.state();
  row.pid = process.pid();
  const bool stopped = is_stopped(process.state());
  row.since = stopped ? run.stop_wall : run.start_wall;
  row.description = trouble_of(process.state(), run.spawnerr.empty(),
                               supervision::failure_text(run.spawnerr, run.ending, run.last_words));
  row.condition = condition_of(row.state, row.description);
  return row;
}

/// What one process looks like over the cluster.
ProcessRowView row_of(const Ports& ports, const ProcessId& id, const rules::ProcessView& process) {
  const cluster::View& view = ports.cluster->node().view();
  const rules::Matcher& matcher = ports.cluster->node().engine().matcher();
  const rules::ProcessStatus status = rules::process_status(process);
  const rules::ProgramRules& rules = matcher.program(id);
  ProcessRowView row;
  row.application = id.group;
  row.process = id.name;
  row.state = process_state_of(status.state);
  row.conflict = status.conflict && matcher.application(id.group).managed;  // others may run on every node
  row.managed = true;
  row.required = rules.required;
  row.rank = matcher.application(id.group).managed ? rules.start_sequence : -1;
  row.description = status.reason;
  const std::string namespec = full_namespec(id);
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
    const std::int64_t us = here ? fact->second.start_us : std::max(fact->second.start_us, fact->second.stop_us);
    if (us > latest_us && (here || status.running_on.empty())) {
      latest_us = us;
      row.since = WallTime{us};
      if (!here) {
        row.nodes = {member.nick};
        const std::string trouble = trouble_of(
            fact->second.state, fact->second.expected_exit,
            supervision::failure_text(fact->second.spawn_error, fact->second.ending, fact->second.last_words));
        row.description = status.reason.empty() ? trouble : status.reason;
      }
    }
  }
  row.condition = condition_of(row.state, row.description);
  return row;
}

/// This node's own copy; while it runs, pid and time say all.
dashboard::CopyRowView copy_of(const Ports& ports, const supervision::Process& process) {
  const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
  const supervision::LastRun& run = process.record().last_run;
  const ProcessRowView row = row_of(process);
  dashboard::CopyRowView copy;
  copy.node = ports.agent.settings().daemon.identifier;
  copy.state = row.state;
  copy.pid = row.pid;
  copy.since = row.since;
  if (copy.pid <= 0) {
    copy.description = with_failure(supervision::info_of(process, ports.agent.wall(), offset).description, run.spawnerr,
                                    run.ending, run.last_words);
  }
  return copy;
}

dashboard::CopyRowView copy_of(const Ports& ports, const cluster::MemberView& member,
                               const cluster::ProcessFact& fact) {
  const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
  dashboard::CopyRowView copy;
  copy.node = member.nick;
  copy.node_identifier = member.identifier;
  copy.state = fact.state;
  copy.pid = fact.pid;
  copy.since = WallTime{is_stopped(fact.state) ? fact.stop_us : fact.start_us};
  copy.disabled = fact.disabled;
  if (copy.pid <= 0) {
    const supervision::DescribedProcess described{fact.id.name,
                                                  fact.state,
                                                  fact.start_us / 1'000'000,
                                                  fact.stop_us / 1'000'000,
                                                  ports.agent.wall().seconds(),
                                                  fact.pid,
                                                  fact.spawn_error};
    copy.description =
        with_failure(supervision::describe(described, offset), fact.spawn_error, fact.ending, fact.last_words);
  }
  return copy;
}

}  // namespace

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
  std::ranges::sort(rows, {}, [](const ProcessRowView& row) { return std::tie(row.application, row.process); });
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
  if (ports.cluster == nullptr) {
    if (const supervision::Process* found = ports.supervision.supervisor().find(application, process)) {
      rows.push_back(copy_of(ports, *found));
    }
    return rows;
  }
  const std::string namespec = full_namespec({application, process});
  for (const cluster::MemberView& member : ports.cluster->node().view().members) {
    const auto found = member.table.rows().find(namespec);
    if (found != member.table.rows().end()) {
      rows.push_back(copy_of(ports, member, found->second));
    }
  }
  return rows;
}

std::vector<ProcessModel> process_models(const Ports& ports, std::vector<ProcessRowView> rows) {
  std::vector<ProcessModel> models;
  models.reserve(rows.size());
  for (ProcessRowView& row : rows) {
    auto copies = copy_rows(ports, row.application, row.process);
    models.push_back({std::move(row), std::move(copies)});
  }
  return models;
}

int running_of(const std::vector<ProcessRowView>& rows) {
  return static_cast<int>(std::ranges::count(rows, Condition::running, &ProcessRowView::condition));
}

int finished_of(const std::vector<ProcessRowView>& rows) {
  return static_cast<int>(std::ranges::count(rows, Condition::finished, &ProcessRowView::condition));
}

}  // namespace holdfast::api
