// pid, version, shutdown, reload, open, quit and exit: about the daemon itself (contract supervisor.md 6.2).
#include <algorithm>

#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"

namespace holdfast::ctl {
namespace {

/// true: there were arguments where none belong, and that was said.
bool has_arguments(Session& session, std::string_view command, const Arguments& arguments) {
  if (arguments.text.empty()) {
    return false;
  }
  session.console().problem("Error: " + std::string(command) + " accepts no arguments");
  session.set_status(exit_status::generic);
  show_help(session, command);
  return true;
}

wire::Value pid_row(const wire::Value& info) {
  return wire::Struct{{"group", text_member(info, "group")},
                      {"name", text_member(info, "name")},
                      {"pid", int_member(info, "pid")}};
}

void show_all_pids(Session& session) {
  const Reply all = session.call("supervisor.getAllProcessInfo");
  if (!all) {
    return session.unexpected(all.failure());
  }
  wire::Array rows;
  for (const wire::Value& info : items_of(all.value())) {
    session.console().say(std::to_string(int_member(info, "pid")));
    rows.push_back(pid_row(info));
  }
  session.console().result(rows);
}

void show_pids(Session& session, const std::vector<std::string>& names) {
  wire::Array rows;
  for (const std::string& name : names) {
    const auto target = session.target_of(name);
    if (!target) {
      continue;
    }
    const Reply info =
        session.call_at(*target, "supervisor.getProcessInfo", {target->name}, Patience::question);
    if (!info && !is_fault(info.failure(), fault::bad_name)) {
      return session.unexpected(info.failure());
    }
    if (!info) {
      session.console().problem("No such process " + name);
      session.set_status(exit_status::generic);
      continue;
    }
    const std::int64_t pid = int_member(info.value(), "pid");
    session.console().say(std::to_string(pid));
    rows.push_back(pid_row(info.value()));
    if (pid == 0) {
      session.set_status(exit_status::not_running);
    }
  }
  session.console().result(rows);
}

}  // namespace

void run_pid(Session& session, const Arguments& arguments) {
  if (session.up_check() != Session::Up::up) {
    return;
  }
  const std::vector<std::string> names = split_words(arguments.text);
  if (std::ranges::find(names, "all") != names.end()) {
    return show_all_pids(session);
  }
  if (!names.empty()) {
    return show_pids(session, names);
  }
  const Reply pid = session.call("supervisor.getPID");
  if (!pid) {
    return session.unexpected(pid.failure());
  }
  const std::int64_t* number = pid.value().as_int();
  session.console().say(std::to_string(number == nullptr ? 0 : *number));
  session.console().result(pid.value());
}

void run_version(Session& session, const Arguments& arguments) {
  if (has_arguments(session, "version", arguments) || session.up_check() != Session::Up::up) {
    return;
  }
  const Reply version = session.call("supervisor.getSupervisorVersion");
  if (!version) {
    return session.unexpected(version.failure());
  }
  const std::string* text = version.value().as_string();
  session.console().say(text == nullptr ? "" : *text);
  session.console().result(version.value());
}

void run_shutdown(Session& session, const Arguments& arguments) {
  if (has_arguments(session, "shutdown", arguments)) {
    return;
  }
  if (session.interactive() && !session.confirm("Really shut the remote supervisord process down y/N? ")) {
    return;
  }
  const Reply reply = session.call("supervisor.shutdown", {}, Patience::action);
  if (reply) {
    session.console().say("Shut down");
    return session.console().result(reply.value());
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, fault::shutdown_state)) {
    return session.console().problem("ERROR: already shutting down");  // with status 0
  }
  session.set_status(exit_status::generic);
  if (failure.kind == Failure::Kind::refused) {
    session.console().problem("ERROR: " + session.url() + " refused connection (already shut down?)");
  } else if (failure.kind == Failure::Kind::no_such_file) {
    session.console().problem("ERROR: " + session.url() + " no such file (already shut down?)");
  } else {
    session.unexpected(failure);
  }
}

void run_reload(Session& session, const Arguments& arguments) {
  if (has_arguments(session, "reload", arguments)) {
    return;
  }
  if (session.interactive() && !session.confirm("Really restart the remote supervisord process y/N? ")) {
    return;
  }
  const Reply reply = session.call("supervisor.restart", {}, Patience::action);
  if (reply) {
    session.console().say("Restarted supervisord");
    return session.console().result(reply.value());
  }
  session.set_status(exit_status::generic);
  if (is_fault(reply.failure(), fault::shutdown_state)) {
    return session.console().problem("ERROR: already shutting down");
  }
  session.unexpected(reply.failure());
}

void run_open(Session& session, const Arguments& arguments) {
  if (!arguments.text.starts_with("unix:") && !arguments.text.starts_with("http:")) {
    session.console().problem("ERROR: url must be http:// or unix://");
    session.set_status(exit_status::generic);
    return;
  }
  session.open(arguments.text);
  const int before = session.status();
  run_status(session, {});
  session.set_status(before);
}

void run_quit(Session& session, const Arguments&) {
  session.console().say("");
  session.leave();
}

}  // namespace holdfast::ctl
