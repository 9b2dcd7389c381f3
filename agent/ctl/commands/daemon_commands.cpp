// pid, version, shutdown, reload, open, quit and exit: about the daemon itself (contract supervisor.md 6.2).
#include "ctl/commands/run_command.hpp"
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

wire::Value pid_row(const wire::Value& info) {
  return wire::Struct{
      {"group", text_member(info, "group")}, {"name", text_member(info, "name")}, {"pid", int_member(info, "pid")}};
}

void show_all_pids(Session& session) {
  const Reply all = session.call("supervisor.getAllProcessInfo");
  if (!all) {
    return session.show_unexpected(all.failure());
  }
  wire::Array rows;
  for (const wire::Value& info : items_of(all.value())) {
    session.console().print(std::to_string(int_member(info, "pid")));
    rows.push_back(pid_row(info));
  }
  session.console().print_document(rows);
}

void show_pids(Session& session, const std::vector<std::string>& names) {
  wire::Array rows;
  for (const std::string& name : names) {
    const auto target = session.target_of(name);
    if (!target) {
      continue;
    }
    const Reply info = session.call_at(*target, "supervisor.getProcessInfo", {target->name}, Patience::question);
    if (!info && !is_fault(info.failure(), Fault::bad_name)) {
      return session.show_unexpected(info.failure());
    }
    if (!info) {
      session.console().print_message("No such process " + name);
      session.set_status(exit_status::generic);
      continue;
    }
    const std::int64_t pid = int_member(info.value(), "pid");
    session.console().print(std::to_string(pid));
    rows.push_back(pid_row(info.value()));
    if (pid == 0) {
      session.set_status(exit_status::not_running);
    }
  }
  session.console().print_document(rows);
}

}  // namespace

void run_pid(Session& session, const Arguments& arguments) {
  if (has_all(arguments.words)) {
    return show_all_pids(session);
  }
  if (!arguments.words.empty()) {
    return show_pids(session, arguments.words);
  }
  const Reply pid = session.call("supervisor.getPID");
  if (!pid) {
    return session.show_unexpected(pid.failure());
  }
  const std::int64_t* number = pid.value().as_int();
  session.console().print(std::to_string(number == nullptr ? 0 : *number));
  session.console().print_document(pid.value());
}

void run_version(Session& session, const Arguments&) {
  const Reply version = session.call("supervisor.getSupervisorVersion");
  if (!version) {
    return session.show_unexpected(version.failure());
  }
  const std::string* text = version.value().as_string();
  session.console().print(text == nullptr ? "" : *text);
  session.console().print_document(version.value());
}

void run_shutdown(Session& session, const Arguments&) {
  if (session.interactive() && !session.confirm("Really shut the remote supervisord process down y/N? ")) {
    return;
  }
  const Reply reply = session.call("supervisor.shutdown", {}, Patience::action);
  if (reply) {
    session.console().print("Shut down");
    return session.console().print_document(reply.value());
  }
  const Failure& failure = reply.failure();
  if (is_fault(failure, Fault::shutdown_state)) {
    return session.console().print_message("ERROR: already shutting down");  // with status 0
  }
  session.set_status(exit_status::generic);
  if (failure.kind == Failure::Kind::refused) {
    session.console().print_message("ERROR: " + session.url() + " refused connection (already shut down?)");
  } else if (failure.kind == Failure::Kind::no_such_file) {
    session.console().print_message("ERROR: " + session.url() + " no such file (already shut down?)");
  } else {
    session.show_unexpected(failure);
  }
}

void run_reload(Session& session, const Arguments&) {
  if (session.interactive() && !session.confirm("Really restart the remote supervisord process y/N? ")) {
    return;
  }
  const Reply reply = session.call("supervisor.restart", {}, Patience::action);
  if (reply) {
    session.console().print("Restarted supervisord");
    return session.console().print_document(reply.value());
  }
  session.set_status(exit_status::generic);
  if (is_fault(reply.failure(), Fault::shutdown_state)) {
    return session.console().print_message("ERROR: already shutting down");
  }
  session.show_unexpected(reply.failure());
}

void run_open(Session& session, const Arguments& arguments) {
  if (!arguments.text.starts_with("unix:") && !arguments.text.starts_with("http:")) {
    session.console().print_message("ERROR: url must be http:// or unix://");
    session.set_status(exit_status::generic);
    return;
  }
  session.open(arguments.text);
  const int before = session.status();
  run_command(session, *find_command("status"), {});
  session.set_status(before);
}

void run_quit(Session& session, const Arguments&) {
  session.console().print("");
  session.request_end();
}

}  // namespace holdfast::ctl
