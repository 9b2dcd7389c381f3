// status --cluster: every process of the cluster, where it runs, with status' columns and exit statuses.
#include <algorithm>
#include <array>

#include "base/process_id.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/format/cluster_text.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::array<std::string_view, 4> kIdleStateNames{"STOPPED", "EXITED", "FATAL", "UNKNOWN"};

wire::Array choose_processes(Session& session, const wire::Array& all, const std::vector<std::string>& names) {
  if (means_all(names)) {
    return all;
  }
  wire::Array found;
  for (const std::string& name : names) {
    const Namespec spec = split_namespec(name);
    const std::size_t before = found.size();
    std::ranges::copy_if(all, std::back_inserter(found), [&spec](const wire::Value& process) {
      return spec.matches(text_member(process, "application"), text_member(process, "process"));
    });
    if (found.size() == before) {
      session.console().print_error(spec.process ? name + ": ERROR (no such process)"
                                                 : spec.group + ": ERROR (no such group)");
      session.set_status(exit_status::status_unknown);
    }
  }
  return found;
}

}  // namespace

void run_cluster_status(Session& session, const ClusterStatusArguments& arguments) {
  const Reply reply = session.call("holdfast.getClusterProcesses");
  if (!reply) {
    session.show_failure(reply.failure());
    session.set_status(exit_status::status_unknown);
    return;
  }
  const wire::Array chosen = choose_processes(session, items_of(reply.value()), arguments.names);
  std::vector<StatusRow> rows;
  for (const wire::Value& process : chosen) {
    rows.push_back(process_row(process));
    if (std::ranges::find(kIdleStateNames, rows.back().state) != kIdleStateNames.end()) {
      session.set_status(exit_status::status_not_running);
    }
  }
  for (const std::string& line : status_lines(rows)) {
    session.console().print(line);
  }
  session.console().print_document(chosen);
}

}  // namespace holdfast::ctl
