// status: the own programs of a node (contract supervisor.md 6.2).
#include <algorithm>
#include <array>

#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/format/status_lines.hpp"

namespace holdfast::ctl {
namespace {

/// STOPPED, EXITED, FATAL, UNKNOWN: nothing runs and nothing will by itself.
constexpr std::array<std::int64_t, 4> kStoppedStates{0, 100, 200, 1000};

/// Those of `all` that `name` means, appended to `found`; false if there are none.
bool match(const wire::Array& all, const Namespec& name, wire::Array& found) {
  const std::size_t before = found.size();
  for (const wire::Value& info : all) {
    if (text_member(info, "group") == name.group &&
        (!name.process || text_member(info, "name") == *name.process)) {
      found.push_back(info);
    }
  }
  return found.size() > before;
}

/// The processes of a node elsewhere, each with the node's name; nullopt: it did not answer, which was said.
std::optional<wire::Array> infos_of_node(Session& session, const Target& target) {
  const Reply reply = session.call_at(target, "supervisor.getAllProcessInfo", {}, Patience::question);
  if (!reply) {
    session.unexpected(reply.failure());
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
  if (names.empty() || std::ranges::find(names, "all") != names.end()) {
    return all;
  }
  wire::Array found;
  for (const std::string& name : names) {
    const auto target = session.target_of(name);
    const std::optional<wire::Array> infos = !target               ? std::nullopt
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
      session.console().problem(spec.process ? name + ": ERROR (no such process)"
                                             : target->shown(spec.group) + ": ERROR (no such group)");
      session.set_status(exit_status::status_unknown);
    }
  }
  return found;
}

void show(Session& session, const wire::Array& infos) {
  std::vector<StatusRow> rows;
  for (const wire::Value& info : infos) {
    const Target target{text_member(info, "node"), ""};
    rows.push_back({target.shown(make_namespec(text_member(info, "group"), text_member(info, "name"))),
                    text_member(info, "statename"), "", text_member(info, "description")});
  }
  for (const std::string& line : status_lines(rows)) {
    session.console().say(line);
  }
  session.console().result(infos);
}

}  // namespace

void run_status(Session& session, const Arguments& arguments) {
  if (std::ranges::find(arguments.words, "--cluster") != arguments.words.end()) {
    return run_cluster_status(session, arguments.words);
  }
  const Session::Up up = session.up_check();
  if (up == Session::Up::down) {
    session.set_status(exit_status::status_unknown);  // whatever was wrong (contract 6.1)
  }
  if (up != Session::Up::up) {
    return;
  }
  const Reply all = session.call("supervisor.getAllProcessInfo");
  if (!all) {
    return session.unexpected(all.failure());
  }
  const wire::Array infos = choose(session, items_of(all.value()), split_words(arguments.text));
  show(session, infos);
  for (const wire::Value& info : infos) {
    if (std::ranges::find(kStoppedStates, int_member(info, "state")) != kStoppedStates.end()) {
      session.set_status(exit_status::status_not_running);
    }
  }
}

}  // namespace holdfast::ctl
