// reread, update, add, remove, avail: the daemon's configuration (contract supervisor.md 6.2, 6.3).
#include <algorithm>
#include <map>
#include <set>

#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"

namespace holdfast::ctl {
namespace {

/// What reloadConfig found, by group name.
struct Changes {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
};

std::vector<std::string> texts_of(const wire::Value& array) {
  std::vector<std::string> texts;
  for (const wire::Value& item : items_of(array)) {
    if (const std::string* text = item.as_string()) {
      texts.push_back(*text);
    }
  }
  return texts;
}

/// The answer is [[added, changed, removed]].
Changes changes_of(const wire::Value& answer) {
  const wire::Array& outer = items_of(answer);
  static const wire::Array none;
  const wire::Array& lists = outer.empty() ? none : items_of(outer.front());
  const auto list = [&lists](std::size_t at) {
    return at < lists.size() ? texts_of(lists[at]) : std::vector<std::string>();
  };
  return {list(0), list(1), list(2)};
}

wire::Value array_of(const std::vector<std::string>& names) {
  return wire::Array(names.begin(), names.end());
}

bool refuse_arguments(Session& session, std::string_view command, const Arguments& arguments) {
  if (arguments.text.empty()) {
    return false;
  }
  session.console().problem("Error: " + std::string(command) + " accepts no arguments");
  session.set_status(exit_status::generic);
  show_help(session, command);
  return true;
}

/// The steps of `update`. Each returns false when something unexpected happened, which was said.
class Update {
 public:
  Update(Session& session, std::vector<std::string> names) : session_(session), names_(std::move(names)) {}

  void run(const Changes& changes) {
    const bool done = check_names(changes) &&
                      each(changes.removed, [this](const std::string& group) { return remove(group); }) &&
                      each(changes.changed, [this](const std::string& group) { return change(group); }) &&
                      each(changes.added, [this](const std::string& group) { return add(group); });
    if (done || !steps_.empty()) {
      session_.console().result(steps_);
    }
  }

 private:
  template <typename Step>
  bool each(const std::vector<std::string>& groups, Step step) {
    return std::ranges::all_of(groups, [&](const std::string& group) {
      const bool meant = names_.empty() || std::ranges::find(names_, group) != names_.end();
      return !meant || step(group);
    });
  }

  bool check_names(const Changes& changes) {
    if (names_.empty()) {
      return true;
    }
    const Reply all = session_.call("supervisor.getAllProcessInfo");
    if (!all) {
      return unexpected(all.failure());
    }
    std::set<std::string> known(changes.added.begin(), changes.added.end());
    for (const wire::Value& info : items_of(all.value())) {
      known.insert(text_member(info, "group"));
    }
    for (const std::string& name : names_) {
      if (!known.contains(name)) {
        session_.console().problem("ERROR: no such group: " + name);
        session_.set_status(exit_status::generic);
      }
    }
    return true;
  }

  bool remove(const std::string& group) {
    const Reply stopped = session_.call("supervisor.stopProcessGroup", {group}, Patience::action);
    if (!stopped) {
      return unexpected(stopped.failure());
    }
    log(group, "stopped");
    const bool failed = std::ranges::any_of(items_of(stopped.value()), [](const wire::Value& result) {
      return int_member(result, "status") == fault::failed;
    });
    if (failed) {
      log(group, "has problems; not removing");
      session_.set_status(exit_status::generic);
      return true;
    }
    return call("supervisor.removeProcessGroup", group) && log(group, "removed process group");
  }

  bool change(const std::string& group) {
    return call("supervisor.stopProcessGroup", group) && log(group, "stopped") &&
           call("supervisor.removeProcessGroup", group) && call("supervisor.addProcessGroup", group) &&
           log(group, "updated process group");
  }

  bool add(const std::string& group) {
    return call("supervisor.addProcessGroup", group) && log(group, "added process group");
  }

  bool call(const std::string& method, const std::string& group) {
    const Reply reply = session_.call(method, {group}, Patience::action);
    return reply ? true : unexpected(reply.failure());
  }
  bool log(const std::string& group, const std::string& what) {
    session_.console().say(group + ": " + what);
    steps_.push_back(wire::Struct{{"group", group}, {"result", what}});
    return true;
  }
  bool unexpected(const Failure& failure) {
    session_.unexpected(failure);
    return false;
  }

  Session& session_;
  std::vector<std::string> names_;  // empty: all
  wire::Array steps_;
};

std::string avail_line(const wire::Value& info) {
  constexpr std::size_t name_width = 32;
  constexpr std::size_t word_width = 9;
  return padded(make_namespec(text_member(info, "group"), text_member(info, "name")), name_width) + " " +
         padded(truth_member(info, "inuse") ? "in use" : "avail", word_width) + " " +
         padded(truth_member(info, "autostart") ? "auto" : "manual", word_width) + " " +
         std::to_string(int_member(info, "group_prio")) + ":" +
         std::to_string(int_member(info, "process_prio"));
}

}  // namespace

void run_reread(Session& session, const Arguments& arguments) {
  if (refuse_arguments(session, "reread", arguments)) {
    return;
  }
  const Reply reply = session.call("supervisor.reloadConfig", {}, Patience::action);
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), fault::shutdown_state)) {
      return session.console().problem("ERROR: supervisor shutting down");
    }
    if (is_fault(reply.failure(), fault::cant_reread)) {
      return session.console().problem("ERROR: " + reply.failure().text);
    }
    return session.unexpected(reply.failure());
  }
  const Changes changes = changes_of(reply.value());
  std::map<std::string, std::string> words;  // a later list wins, as there
  for (const auto& [names, word] : {std::pair{&changes.added, "available"},
                                    {&changes.changed, "changed"},
                                    {&changes.removed, "disappeared"}}) {
    for (const std::string& name : *names) {
      words[name] = word;
    }
  }
  for (const auto& [name, word] : words) {
    session.console().say(name + ": " + word);
  }
  if (words.empty()) {
    session.console().say("No config updates to processes");
  }
  session.console().result(wire::Struct{{"added", array_of(changes.added)},
                                        {"changed", array_of(changes.changed)},
                                        {"removed", array_of(changes.removed)}});
}

void run_update(Session& session, const Arguments& arguments) {
  const Reply reply = session.call("supervisor.reloadConfig", {}, Patience::action);
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), fault::shutdown_state)) {
      return session.console().problem("ERROR: already shutting down");
    }
    return session.unexpected(reply.failure());
  }
  std::vector<std::string> names;
  for (std::string& name : split_words(arguments.text)) {
    if (std::ranges::find(names, name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  if (std::ranges::find(names, "all") != names.end()) {
    names.clear();
  }
  Update(session, std::move(names)).run(changes_of(reply.value()));
}

void run_add(Session& session, const Arguments& arguments) {
  wire::Array added;
  for (const std::string& name : split_words(arguments.text)) {
    const Reply reply = session.call("supervisor.addProcessGroup", {name}, Patience::action);
    if (reply) {
      session.console().say(name + ": added process group");
      added.emplace_back(name);
    } else if (is_fault(reply.failure(), fault::shutdown_state)) {
      session.console().problem("ERROR: shutting down");
      session.set_status(exit_status::generic);
    } else if (is_fault(reply.failure(), fault::already_added)) {
      session.console().problem("ERROR: process group already active");  // with status 0
    } else if (is_fault(reply.failure(), fault::bad_name)) {
      session.console().problem("ERROR: no such process/group: " + name);
      session.set_status(exit_status::generic);
    } else {
      session.unexpected(reply.failure());
      break;
    }
  }
  session.console().result(added);
}

void run_remove(Session& session, const Arguments& arguments) {
  wire::Array removed;
  for (const std::string& name : split_words(arguments.text)) {
    const Reply reply = session.call("supervisor.removeProcessGroup", {name}, Patience::action);
    if (reply) {
      session.console().say(name + ": removed process group");
      removed.emplace_back(name);
      continue;
    }
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), fault::still_running)) {
      session.console().problem("ERROR: process/group still running: " + name);
    } else if (is_fault(reply.failure(), fault::bad_name)) {
      session.console().problem("ERROR: no such process/group: " + name);
    } else {
      session.unexpected(reply.failure());
      break;
    }
  }
  session.console().result(removed);
}

void run_avail(Session& session, const Arguments& arguments) {
  if (refuse_arguments(session, "avail", arguments)) {
    return;
  }
  const Reply reply = session.call("supervisor.getAllConfigInfo");
  if (!reply) {
    session.set_status(exit_status::generic);
    if (is_fault(reply.failure(), fault::shutdown_state)) {
      return session.console().problem("ERROR: supervisor shutting down");
    }
    return session.unexpected(reply.failure());
  }
  for (const wire::Value& info : items_of(reply.value())) {
    session.console().say(avail_line(info));
  }
  session.console().result(reply.value());
}

}  // namespace holdfast::ctl
