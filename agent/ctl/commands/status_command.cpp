// status: the programs of a node (contract supervisor.md 6.2). With --cluster: cluster_status_command.cpp.
#include "base/process_id.hpp"
#include "ctl/client/process_state.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"
#include "ctl/format/status_lines.hpp"

namespace holdfast::ctl {
namespace {

/// Those of `all` that `name` means, appended to `found`; false if there are none.
bool match(const wire::Array& all, const Namespec& name, wire::Array& found) {
  const std::size_t before = found.size();
  for (const wire::Value& info : all) {
    if (name.matches(text_member(info, "group"), text_member(info, "name"))) {
      found.push_back(info);
    }
  }
  return found.size() > before;
}

/// The processes of a node elsewhere, each with the node's name; nullopt: it did not answer, which was printed.
std::optional<wire::Array> infos_of_node(Session& session, const Target& target) {
  const Reply reply = session.call_at(target, "supervisor.getAllProcessInfo", {}, Patience::question);
  if (!reply) {
    session.show_unexpected(reply.failure());
    return std::nullopt;
  }
  wire::Array infos = items_of(reply.value());
  for (wire::Value& info : infos) {
    if (wire::Struct* members = info.as_struct()) {
      members->push_back({"node", target.node});
    }
  }
  return infos;
}

wire::Array choose(Session& session, const wire::Array& all, const std::vector<std::string>& names) {
  if (means_all(names)) {
    return all;
  }
  wire::Array found;
  for (const std::string& name : names) {
    const auto target = session.target_of(name);
    const std::optional<wire::Array> infos = !target                ? std::nullopt
                                             : target->node.empty() ? std::optional(all)
                                                                    : infos_of_node(session, *target);
    if (!infos) {
      session.set_status(exit_status::status_unknown);
      continue;
    }
    const Namespec spec = split_namespec(target->name);
    if (!target->node.empty() && target->name == "all") {
      found.insert(found.end(), infos->begin(), infos->end());
    } else if (!match(*infos, spec, found)) {
      session.console().print_message(spec.process ? name + ": ERROR (no such process)"
                                                   : target->with_node(spec.group) + ": ERROR (no such group)");
      session.set_status(exit_status::status_unknown);
    }
  }
  return found;
}

void show(Session& session, const wire::Array& infos) {
  std::vector<StatusRow> rows;
  for (const wire::Value& info : infos) {
    const Target target{text_member(info, "node"), ""};
    rows.push_back(
        {target.with_node(namespec_of(info)), text_member(info, "statename"), "", text_member(info, "description")});
  }
  for (const std::string& line : status_lines(rows)) {
    session.console().print(line);
  }
  session.console().print_document(infos);
}

}  // namespace

void run_status(Session& session, const Arguments& arguments) {
  const Reply all = session.call("supervisor.getAllProcessInfo");
  if (!all) {
    return session.show_unexpected(all.failure());
  }
  const wire::Array infos = choose(session, items_of(all.value()), arguments.words);
  show(session, infos);
  for (const wire::Value& info : infos) {
    if (process_state::is_idle(int_member(info, "state"))) {
      session.set_status(exit_status::status_not_running);
    }
  }
}

}  // namespace holdfast::ctl
