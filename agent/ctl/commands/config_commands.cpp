// reread, add, remove, avail: the daemon's configuration, group by group (contract supervisor.md 6.2, 6.3).
#include <map>

#include "ctl/client/config_changes.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

wire::Value array_of(const std::vector<std::string>& names) {
  return wire::Array(names.begin(), names.end());
}

std::string avail_line(const wire::Value& info) {
  constexpr std::size_t name_width = 32;
  constexpr std::size_t word_width = 9;
  return padded(namespec_of(info), name_width) + " " +
         padded(truth_member(info, "inuse") ? "in use" : "avail", word_width) + " " +
         padded(truth_member(info, "autostart") ? "auto" : "manual", word_width) + " " +
         std::to_string(int_member(info, "group_prio")) + ":" + std::to_string(int_member(info, "process_prio"));
}

}  // namespace

void run_reread(Session& session, const Arguments&) {
  const Reply reply = session.call("supervisor.reloadConfig", {}, Patience::action);
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), Fault::shutdown_state)) {
      return session.console().print_message("ERROR: supervisor shutting down");
    }
    if (is_fault(reply.failure(), Fault::cant_reread)) {
      return session.console().print_message("ERROR: " + reply.failure().text);
    }
    return session.show_unexpected(reply.failure());
  }
  const ConfigChanges changes = changes_of(reply.value());
  std::map<std::string, std::string> words;  // a later list wins, as with supervisorctl
  for (const auto& [names, word] :
       {std::pair{&changes.added, "available"}, {&changes.changed, "changed"}, {&changes.removed, "disappeared"}}) {
    for (const std::string& name : *names) {
      words[name] = word;
    }
  }
  for (const auto& [name, word] : words) {
    session.console().print(name + ": " + word);
  }
  if (words.empty()) {
    session.console().print("No config updates to processes");
  }
  session.console().print_document(wire::Struct{{"added", array_of(changes.added)},
                                                {"changed", array_of(changes.changed)},
                                                {"removed", array_of(changes.removed)}});
}

void run_add(Session& session, const Arguments& arguments) {
  wire::Array added;
  for (const std::string& name : arguments.words) {
    const Reply reply = session.call("supervisor.addProcessGroup", {name}, Patience::action);
    if (reply) {
      session.console().print(name + ": added process group");
      added.emplace_back(name);
    } else if (is_fault(reply.failure(), Fault::shutdown_state)) {
      session.console().print_message("ERROR: shutting down");
      session.set_status(exit_status::generic);
    } else if (is_fault(reply.failure(), Fault::already_added)) {
      session.console().print_message("ERROR: process group already active");  // with status 0
    } else if (is_fault(reply.failure(), Fault::bad_name)) {
      session.console().print_message("ERROR: no such process/group: " + name);
      session.set_status(exit_status::generic);
    } else {
      session.show_unexpected(reply.failure());
      break;
    }
  }
  session.console().print_document(added);
}

void run_remove(Session& session, const Arguments& arguments) {
  wire::Array removed;
  for (const std::string& name : arguments.words) {
    const Reply reply = session.call("supervisor.removeProcessGroup", {name}, Patience::action);
    if (reply) {
      session.console().print(name + ": removed process group");
      removed.emplace_back(name);
      continue;
    }
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), Fault::still_running)) {
      session.console().print_message("ERROR: process/group still running: " + name);
    } else if (is_fault(reply.failure(), Fault::bad_name)) {
      session.console().print_message("ERROR: no such process/group: " + name);
    } else {
      session.show_unexpected(reply.failure());
      break;
    }
  }
  session.console().print_document(removed);
}

void run_avail(Session& session, const Arguments&) {
  const Reply reply = session.call("supervisor.getAllConfigInfo");
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), Fault::shutdown_state)) {
      return session.console().print_message("ERROR: supervisor shutting down");
    }
    return session.show_unexpected(reply.failure());
  }
  for (const wire::Value& info : items_of(reply.value())) {
    session.console().print(avail_line(info));
  }
  session.console().print_document(reply.value());
}

}  // namespace holdfast::ctl
