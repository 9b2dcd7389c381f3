// status --cluster: every process of the cluster, where it runs, with status' columns and exit statuses.
#include <algorithm>
#include <array>

#include "ctl/format/cluster_text.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::array<std::string_view, 4> kIdleStateNames{"STOPPED", "EXITED", "FATAL", "UNKNOWN"};

wire::Array choose_processes(Session& session, const wire::Array& all, const std::vector<std::string>& names) {
  if (names.empty() || std::ranges::find(names, "all") != names.end()) {
    return all;
  }
  wire::Array found;
  for (const std::string& name : names) {
    const Namespec spec = split_namespec(name);
    const std::size_t before = found.size();
    std::ranges::copy_if(all, std::back_inserter(found),
                         [&spec](const wire::Value& process) { return is_meant(process, spec); });
    if (found.size() == before) {
      session.console().complain(spec.process ? name + ": ERROR (no such process)"
                                              : spec.group + ": ERROR (no such group)");
      session.set_status(exit_status::status_unknown);
    }
  }
  return found;
}

}  // namespace

void run_cluster_status(Session& session, const std::vector<std::string>& words) {
  const auto parsed = parse_cluster_status(words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  const Reply reply = session.call("holdfast.getClusterProcesses");
  if (!reply) {
    session.refused(reply.failure());
    session.set_status(exit_status::status_unknown);
    return;
  }
  const wire::Array chosen = choose_processes(session, items_of(reply.value()), parsed.value().names);
  std::vector<StatusRow> rows;
  for (const wire::Value& process : chosen) {
    rows.push_back(process_row(process));
    if (std::ranges::find(kIdleStateNames, rows.back().state) != kIdleStateNames.end()) {
      session.set_status(exit_status::status_not_running);
    }
  }
  for (const std::string& line : status_lines(rows)) {
    session.console().say(line);
  }
  session.console().result(chosen);
}

}  // namespace holdfast::ctl
