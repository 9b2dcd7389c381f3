#include "api/pages/application_model.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "rules/application_state.hpp"

namespace holdfast::api {
namespace {

using dashboard::Condition;
using dashboard::ProcessRowView;
using dashboard::StepState;

std::string waiting_of(const Ports& ports, const std::string& application) {
  if (ports.cluster == nullptr) {
    return {};
  }
  for (const rules::JobView& job : ports.cluster->node().view().jobs) {
    if (job.application == application && !job.commands.empty()) {
      std::vector<std::string> names;
      for (const rules::CommandView& command : job.commands) {
        names.push_back(command.id.name);
      }
      return std::string(job.start ? "starting" : "stopping") + ", waiting for " + text::join(names, ", ");
    }
  }
  return {};
}

void count_in(dashboard::ApplicationRowView& row, const ProcessRowView& process) {
  switch (process.condition) {
    case Condition::running:
      ++row.running;
      break;
    case Condition::moving:
      ++row.starting;
      break;
    case Condition::failed:
      ++row.failed;
      break;
    case Condition::finished:
    case Condition::stopped:
      ++row.stopped;
      break;
  }
  for (const std::string& node : process.nodes) {
    if (process.condition == Condition::running && std::ranges::find(row.nodes, node) == row.nodes.end()) {
      row.nodes.push_back(node);
    }
  }
}

using Members = std::vector<const ProcessRowView*>;  // processes of one application

/// Alone: the application's state from its processes (contract supvisors.md 3.6).
ApplicationState state_from(const dashboard::ApplicationRowView& row, const Members& members) {
  const auto any = [&](ProcessState state) {
    return std::ranges::any_of(members, [&](const auto* process) { return process->state == state; });
  };
  if (any(ProcessState::stopping)) {
    return ApplicationState::stopping;
  }
  if (any(ProcessState::starting) || any(ProcessState::backoff)) {
    return ApplicationState::starting;
  }
  return row.running > 0 ? ApplicationState::running : ApplicationState::stopped;
}

dashboard::Health health_of(const rules::ApplicationStatus& status) {
  if (status.major_failure) {
    return dashboard::Health::major_failure;
  }
  return status.minor_failure ? dashboard::Health::minor_failure : dashboard::Health::good;
}

dashboard::ApplicationRowView application_row(const Ports& ports, const std::string& name, const Members& members) {
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
    row.state = status.state;
    row.managed = status.managed;
    row.health = health_of(status);
    row.waiting = waiting_of(ports, name);
  }
  std::ranges::sort(row.nodes);
  return row;
}

StepState step_state_of(const dashboard::RankView& step) {
  const auto is = [](Condition condition) {
    return [condition](const ProcessRowView& row) { return row.condition == condition; };
  };
  if (std::ranges::any_of(step.processes, is(Condition::failed))) {
    return StepState::failed;
  }
  if (std::ranges::any_of(step.processes, is(Condition::moving))) {
    return StepState::starting;
  }
  return std::ranges::any_of(step.processes, is(Condition::stopped)) ? StepState::stopped : StepState::done;
}

/// The start sequence, and apart from it what is not started by itself.
void fill_sequence(dashboard::ApplicationView& view, const std::vector<ProcessModel>& processes) {
  std::map<int, dashboard::RankView> ranks;
  for (const ProcessModel& process : processes) {
    const int rank = process.row.rank;
    if (rank <= 0) {
      view.unranked.push_back(process.row);
    } else {
      ranks[rank].rank = rank;
      ranks[rank].processes.push_back(process.row);
    }
  }
  for (auto& [rank, step] : ranks) {
    step.state = step_state_of(step);
    view.ranks.push_back(std::move(step));
  }
}

void fill_matrix(dashboard::ApplicationView& view, const std::vector<ProcessModel>& processes,
                 const std::vector<dashboard::NodeView>& nodes) {
  for (const dashboard::NodeView& node : nodes) {
    view.columns.push_back(node.nick);
  }
  for (const ProcessModel& process : processes) {
    std::vector<std::optional<ProcessState>> states(view.columns.size());
    for (const dashboard::CopyRowView& copy : process.copies) {
      const auto column = std::ranges::find(view.columns, copy.node);
      if (column != view.columns.end()) {
        states[static_cast<std::size_t>(column - view.columns.begin())] = copy.state;
      }
    }
    view.matrix.push_back({process.row, std::move(states)});
  }
}

}  // namespace

std::vector<dashboard::ApplicationRowView> application_rows(const Ports& ports,
                                                            const std::vector<ProcessRowView>& processes) {
  std::map<std::string, Members> by_application;
  for (const ProcessRowView& process : processes) {
    by_application[process.application].push_back(&process);
  }
  std::vector<dashboard::ApplicationRowView> rows;
  for (const auto& [name, members] : by_application) {
    rows.push_back(application_row(ports, name, members));
  }
  return rows;
}

std::optional<dashboard::ApplicationView> application_view(const Ports& ports, const std::string& name,
                                                           const std::vector<ProcessModel>& processes,
                                                           const std::vector<dashboard::NodeView>& nodes) {
  if (processes.empty()) {
    return std::nullopt;
  }
  Members members;
  for (const ProcessModel& process : processes) {
    members.push_back(&process.row);
  }
  dashboard::ApplicationView view;
  view.row = application_row(ports, name, members);
  view.operation = view.row.waiting;
  fill_sequence(view, processes);
  fill_matrix(view, processes, nodes);
  if (ports.cluster != nullptr) {
    const rules::ApplicationRules& rules = ports.cluster->node().engine().matcher().application(name);
    view.starting_strategy = holdfast::name_of(rules.starting_strategy);
    view.distribution = name_of(rules.distribution);
    view.starting_failure = name_of(rules.starting_failure_strategy);
    view.running_failure = name_of(rules.running_failure_strategy);
  }
  return view;
}

}  // namespace holdfast::api
