// nodes: the members of the cluster as the asked node sees them, and what it has refused.
#include "ctl/format/cluster_text.hpp"
#include "ctl/format/columns.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {

void run_nodes(Session& session, const Arguments& arguments) {
  const auto parsed = parse_nodes(arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    session.set_status(exit_status::invalid_arguments);
    return;
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  const Reply cluster = session.call("holdfast.getCluster");
  if (!cluster) {
    return session.refused(cluster.failure());
  }
  for (const std::string& line : table_lines(node_rows(cluster.value()))) {
    session.console().say(line);
  }
  session.console().say("");
  for (const std::string& line : cluster_lines(cluster.value())) {
    session.console().say(line);
  }
  session.console().result(cluster.value());
}

}  // namespace holdfast::ctl
