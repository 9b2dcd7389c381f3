// nodes: the members of the cluster as the asked node sees them, and what it has refused.
#include "ctl/commands/own_commands.hpp"
#include "ctl/format/cluster_text.hpp"
#include "ctl/format/columns.hpp"

namespace holdfast::ctl {

void run_nodes(Session& session, const NodesArguments&) {
  const Reply cluster = session.call("holdfast.getCluster");
  if (!cluster) {
    return session.show_failure(cluster.failure());
  }
  for (const std::string& line : table_lines(node_rows(cluster.value()))) {
    session.console().print(line);
  }
  session.console().print("");
  for (const std::string& line : cluster_lines(cluster.value())) {
    session.console().print(line);
  }
  session.console().print_document(cluster.value());
}

}  // namespace holdfast::ctl
