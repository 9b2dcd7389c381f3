// start_process restart_process stop_process start_any_process start_args start_process_args start_any_process_args:
// processes by their rules (contract supvisors.md 6).
#include <algorithm>

#include "ctl/client/process_state.hpp"
#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {
namespace {

using Words = std::vector<std::string>;

/// The namespecs that were given, sorted; without any, those of all processes, or only of the running ones.
Words chosen_processes(Session& session, Words names, bool only_running) {
  if (means_all(names)) {
    names.clear();
    const auto all = ask_supvisors(session, "get_all_process_info");
    for (const wire::Value& info : all ? items_of(*all) : wire::Array{}) {
      const std::int64_t state = int_member(info, "statecode");
      if (!only_running || (state >= process_state::starting && state <= process_state::backoff)) {
        names.push_back(cluster_namespec_of(info));
      }
    }
  }
  std::ranges::sort(names);
  return names;
}

/// A strategy, then names.
void act_by_strategy(Session& session, const std::string& method, const Words& words, const std::string& done) {
  act_for_each(session, method, {words.front()},
               chosen_processes(session, Words(words.begin() + 1, words.end()), false), done);
}

/// Starts one of those that `regex` matches and prints which.
void start_any(Session& session, const Server::Params& params, const std::string& regex, wire::Array& started) {
  const Reply reply = session.call("supvisors.start_any_process", params, Patience::action);
  if (!reply) {
    return show_supvisors_failure(session, "\"" + regex + "\"", reply.failure());
  }
  session.console().print(python_str(reply.value()) + " started");
  started.push_back(reply.value());
}

}  // namespace

void run_start_process(Session& session, const Arguments& arguments) {
  act_by_strategy(session, "start_process", arguments.words, "started");
}

void run_restart_process(Session& session, const Arguments& arguments) {
  act_by_strategy(session, "restart_process", arguments.words, "restarted");
}

void run_stop_process(Session& session, const Arguments& arguments) {
  wire::Array stopped;
  for (const std::string& name : chosen_processes(session, arguments.words, true)) {
    const Reply reply = session.call("supvisors.stop_process", {name}, Patience::action);
    if (reply) {
      session.console().print(name + " stopped");
      stopped.emplace_back(name);
    } else {
      show_supvisors_failure(session, name, reply.failure());
    }
  }
  session.console().print_document(stopped);
}

void run_start_any_process(Session& session, const Arguments& arguments) {
  Words regexes(arguments.words.begin() + 1, arguments.words.end());
  std::ranges::sort(regexes);
  wire::Array started;
  for (const std::string& regex : regexes) {
    start_any(session, {arguments.words.front(), regex}, regex, started);
  }
  session.console().print_document(started);
}

void run_start_args(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.words[0];
  act_once(session, "start_args", {name, joined_words(arguments, 1)}, name, name + " started");
}

void run_start_process_args(Session& session, const Arguments& arguments) {
  const std::string& name = arguments.words[1];
  act_once(session, "start_process", {arguments.words[0], name, joined_words(arguments, 2)}, name, name + " started");
}

void run_start_any_process_args(Session& session, const Arguments& arguments) {
  const std::string& regex = arguments.words[1];
  wire::Array started;
  start_any(session, {arguments.words[0], regex, joined_words(arguments, 2)}, regex, started);
  session.console().print_document(started);
}

}  // namespace holdfast::ctl
