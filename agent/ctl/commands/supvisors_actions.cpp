// Supvisors' commands that change something (contract supvisors.md 6): applications and processes by their
// rules, programs of this node, and the cluster as a whole.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"
#include "config/python_text.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/supvisors_check.hpp"

namespace holdfast::ctl {
namespace {

using Words = std::vector<std::string>;

bool has_all(const Words& names) {
  return names.empty() || std::ranges::find(names, "all") != names.end();
}

wire::Value strategy_value(StartingStrategy strategy) {
  return std::string(name_of(strategy));
}

/// Calls one method and says `words` and what it answered; a failure is said of `subject`.
std::optional<wire::Value> call_and_say(Session& session, const std::string& method,
                                        const Server::Params& params, const std::string& subject,
                                        const std::string& words) {
  const Reply reply = session.call("supvisors." + method, params, Patience::action);
  if (!reply) {
    supvisors_failed(session, subject, reply.failure());
    return std::nullopt;
  }
  session.console().say(words + ": " + python_str(reply.value()));
  return reply.value();
}

/// The same for a command that is one call: what it answered is the document of -o json.
void only_call(Session& session, const std::string& method, const Server::Params& params,
               const std::string& subject, const std::string& words) {
  if (const auto value = call_and_say(session, method, params, subject, words)) {
    session.console().result(*value);
  }
}

/// The same for each of `names`, which stands last of the parameters; one document of all that were done.
void call_for_each(Session& session, const std::string& method, Server::Params params, const Words& names,
                   const std::string& done) {
  wire::Array results;
  params.emplace_back();
  for (const std::string& name : names) {
    params.back() = name;
    if (const auto value = call_and_say(session, method, params, name, name + " " + done)) {
      results.push_back(wire::Struct{{"name", name}, {"result", *value}});
    }
  }
  session.console().result(results);
}

/// The managed applications that `names` mean. An unmanaged one is passed over, an unknown one is an error.
Words managed_applications(Session& session, const Words& names, const std::string& alternative) {
  const auto all = supvisors_ask(session, "get_all_applications_info");
  if (!all) {
    return {};
  }
  std::map<std::string, bool> managed;
  for (const wire::Value& info : items_of(*all)) {
    managed[text_member(info, "application_name")] = truth_member(info, "managed");
  }
  Words chosen;
  if (has_all(names)) {
    for (const auto& [name, is_managed] : managed) {
      if (is_managed) {
        chosen.push_back(name);
      }
    }
    return chosen;
  }
  for (const std::string& name : names) {
    const auto known = managed.find(name);
    if (known == managed.end()) {
      session.console().problem(name + ": ERROR (no such application)");
      session.set_status(exit_status::invalid_arguments);
    } else if (!known->second) {
      session.console().problem(name + ": IGNORED (unmanaged. use " + alternative + " " + name + ":*)");
    } else {
      chosen.push_back(name);
    }
  }
  return chosen;
}

/// start_application and restart_application: a strategy, then names.
void act_on_applications(Session& session, std::string_view command, const Arguments& arguments,
                         const std::string& alternative, const std::string& done) {
  if (!supvisors_up(session)) {
    return;
  }
  Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, command, words);
  if (!strategy) {
    return;
  }
  words.erase(words.begin());
  call_for_each(session, std::string(command), {strategy_value(*strategy)},
                managed_applications(session, words, alternative), done);
}

/// The namespecs that were given, sorted; without any, those of all processes, or only of the running ones.
Words chosen_processes(Session& session, Words names, bool only_running) {
  constexpr std::int64_t starting = 10;
  constexpr std::int64_t backoff = 30;
  if (has_all(names)) {
    names.clear();
    const auto all = supvisors_ask(session, "get_all_process_info");
    for (const wire::Value& info : all ? items_of(*all) : wire::Array{}) {
      const std::int64_t state = int_member(info, "statecode");
      if (!only_running || (state >= starting && state <= backoff)) {
        names.push_back(make_namespec(text_member(info, "application_name"), text_member(info, "process_name")));
      }
    }
  }
  std::ranges::sort(names);
  return names;
}

void act_on_processes(Session& session, std::string_view command, const Arguments& arguments,
                      const std::string& done) {
  if (!supvisors_up(session)) {
    return;
  }
  Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, command, words);
  if (!strategy) {
    return;
  }
  words.erase(words.begin());
  call_for_each(session, std::string(command), {strategy_value(*strategy)},
                chosen_processes(session, words, false), done);
}

/// start_any_process: says which one was started.
void start_any(Session& session, const Server::Params& params, const std::string& regex, wire::Array& started) {
  const Reply reply = session.call("supvisors.start_any_process", params, Patience::action);
  if (!reply) {
    return supvisors_failed(session, "\"" + regex + "\"", reply.failure());
  }
  session.console().say(python_str(reply.value()) + " started");
  started.push_back(reply.value());
}

std::string joined_from(const Words& words, std::size_t first) {
  return text::join(Words(words.begin() + static_cast<std::ptrdiff_t>(first), words.end()), " ");
}

/// What a start would do.
void show_test(Session& session, const std::string& method, const Server::Params& params,
               const std::string& subject) {
  const Reply reply = session.call("supvisors." + method, params);
  if (!reply) {
    return supvisors_failed(session, subject, reply.failure());
  }
  std::vector<Words> rows;
  for (const wire::Value& item : items_of(reply.value())) {
    const wire::Value* nodes = item.find("running_identifiers");
    const wire::Value* state = item.find("state");
    rows.push_back({text_member(item, "application_name"), text_member(item, "process_name"),
                    state == nullptr ? "" : python_str(*state), nodes == nullptr ? "[]" : python_str(*nodes),
                    one_line(text_member(item, "forced_reason"))});
  }
  for (const std::string& line : supvisors_table({{"Application"},
                                                  {"Process"},
                                                  {"State", 12},
                                                  {"Supervisor"},
                                                  {"Reason", SupvisorsColumn::kFree}},
                                                 rows)) {
    session.console().say(line);
  }
  session.console().result(reply.value());
}

void test_start(Session& session, std::string_view command, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, command, words);
  if (!strategy) {
    return;
  }
  if (words.size() != 2) {
    return supvisors_wrong(session, command, std::string(command) + " requires a strategy and one name");
  }
  show_test(session, std::string(command), {strategy_value(*strategy), words[1]}, words[1]);
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// A command without arguments: its method, and what is said of the answer.
void control(Session& session, const std::string& method, const std::string& words) {
  if (supvisors_up(session)) {
    only_call(session, method, {}, "", words);
  }
}

void set_numprocs(Session& session, std::string_view command, const Arguments& arguments, bool lazy) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto count = words.size() < 2 ? std::nullopt : config::python_int(words[1], 10);
  if (!count || *count < 1 || *count > INT32_MAX) {
    return supvisors_wrong(session, command,
                           std::string(command) + " requires a program and a number of processes above 0");
  }
  Server::Params params{words[0], *count};
  if (lazy) {
    params.insert(params.end(), {true, true});
  }
  only_call(session, "update_numprocs", params, "", words[0] + " numprocs updated");
}

void set_enabled(Session& session, std::string_view command, const Arguments& arguments,
                 const std::string& done) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  if (words.empty()) {
    return supvisors_wrong(session, command, std::string(command) + " requires a program name");
  }
  only_call(session, std::string(command), {words.front()}, "", words.front() + " " + done);
}

void set_statistics(Session& session, std::string_view command, const Arguments& arguments, bool on) {
  if (!supvisors_up(session)) {
    return;
  }
  bool host = false;
  bool process = false;
  Words kinds = split_words(text::lower(arguments.text));
  if (kinds.empty()) {
    kinds = {"all"};
  }
  for (const std::string& kind : kinds) {
    if (kind != "host" && kind != "process" && kind != "all") {
      return supvisors_wrong(session, command, "invalid statistics type " + kind);
    }
    host = host || kind != "process";
    process = process || kind != "host";
  }
  const std::string done = on ? " statistics enabled" : " statistics disabled";
  wire::Struct results;
  for (const auto& [wanted, kind] : {std::pair{host, "Host"}, {process, "Process"}}) {
    const std::string method = "enable_" + text::lower(kind) + "_statistics";
    const auto value = wanted ? call_and_say(session, method, {on}, "", kind + done) : std::nullopt;
    if (value) {
      results.push_back({text::lower(kind), *value});
    }
  }
  session.console().result(results);
}

}  // namespace

void run_start_application(Session& session, const Arguments& arguments) {
  act_on_applications(session, "start_application", arguments, "start", "started");
}

void run_restart_application(Session& session, const Arguments& arguments) {
  act_on_applications(session, "restart_application", arguments, "restart", "restarted");
}

void run_stop_application(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  call_for_each(session, "stop_application", {},
                managed_applications(session, split_words(arguments.text), "stop"), "stopped");
}

void run_test_start_application(Session& session, const Arguments& arguments) {
  test_start(session, "test_start_application", arguments);
}

void run_start_process(Session& session, const Arguments& arguments) {
  act_on_processes(session, "start_process", arguments, "started");
}

void run_restart_process(Session& session, const Arguments& arguments) {
  act_on_processes(session, "restart_process", arguments, "restarted");
}

void run_stop_process(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  wire::Array stopped;
  for (const std::string& name : chosen_processes(session, split_words(arguments.text), true)) {
    const Reply reply = session.call("supvisors.stop_process", {name}, Patience::action);
    if (reply) {
      session.console().say(name + " stopped");
      stopped.emplace_back(name);
    } else {
      supvisors_failed(session, name, reply.failure());
    }
  }
  session.console().result(stopped);
}

void run_test_start_process(Session& session, const Arguments& arguments) {
  test_start(session, "test_start_process", arguments);
}

void run_start_any_process(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, "start_any_process", words);
  if (!strategy) {
    return;
  }
  if (words.size() < 2) {
    return supvisors_wrong(session, "start_any_process",
                           "start_any_process requires a strategy and a regular expression");
  }
  words.erase(words.begin());
  std::ranges::sort(words);
  wire::Array started;
  for (const std::string& regex : words) {
    start_any(session, {strategy_value(*strategy), regex}, regex, started);
  }
  session.console().result(started);
}

void run_start_args(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  if (words.size() < 2) {
    return supvisors_wrong(session, "start_args", "start_args requires a process name and its arguments");
  }
  only_call(session, "start_args", {words[0], joined_from(words, 1)}, words[0], words[0] + " started");
}

void run_start_process_args(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, "start_process_args", words);
  if (!strategy) {
    return;
  }
  if (words.size() < 3) {
    return supvisors_wrong(session, "start_process_args",
                           "start_process_args requires a strategy, a process name and its arguments");
  }
  only_call(session, "start_process", {strategy_value(*strategy), words[1], joined_from(words, 2)}, words[1],
               words[1] + " started");
}

void run_start_any_process_args(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto strategy = strategy_argument(session, "start_any_process_args", words);
  if (!strategy) {
    return;
  }
  if (words.size() < 3) {
    return supvisors_wrong(session, "start_any_process_args",
                           "start_any_process_args requires a strategy, a regular expression and arguments");
  }
  wire::Array started;
  start_any(session, {strategy_value(*strategy), words[1], joined_from(words, 2)}, words[1], started);
  session.console().result(started);
}

void run_update_numprocs(Session& session, const Arguments& arguments) {
  set_numprocs(session, "update_numprocs", arguments, false);
}

void run_lazy_update_numprocs(Session& session, const Arguments& arguments) {
  set_numprocs(session, "lazy_update_numprocs", arguments, true);
}

void run_enable(Session& session, const Arguments& arguments) {
  set_enabled(session, "enable", arguments, "enabled");
}

void run_disable(Session& session, const Arguments& arguments) {
  set_enabled(session, "disable", arguments, "disabled");
}

void run_conciliate(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto strategy = words.empty() ? std::nullopt : parse<ConciliationStrategy>(words.front());
  if (!strategy) {
    return supvisors_wrong(
        session, "conciliate",
        "conciliate requires a strategy: SENICIDE, INFANTICIDE, USER, STOP, RESTART or RUNNING_FAILURE");
  }
  only_call(session, "conciliate", {std::string(name_of(*strategy))}, "", "Conciliated");
}

void run_restart_sequence(Session& session, const Arguments&) {
  control(session, "restart_sequence", "Start sequence completed");
}

void run_sreload(Session& session, const Arguments&) {
  control(session, "restart", "Restarted");
}

void run_sshutdown(Session& session, const Arguments&) {
  control(session, "shutdown", "Shut down");
}

void run_loglevel(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  if (words.empty()) {
    return supvisors_wrong(session, "loglevel", "loglevel requires a level");
  }
  only_call(session, "change_log_level", {words.front()}, "", "Logger level changed");
}

void run_enable_stats(Session& session, const Arguments& arguments) {
  set_statistics(session, "enable_stats", arguments, true);
}

void run_disable_stats(Session& session, const Arguments& arguments) {
  set_statistics(session, "disable_stats", arguments, false);
}

void run_stats_period(Session& session, const Arguments& arguments) {
  if (!supvisors_up(session)) {
    return;
  }
  const Words words = split_words(arguments.text);
  const auto seconds = words.empty() ? std::nullopt : number_of(words.front());
  if (!seconds || !(*seconds > 0)) {
    return supvisors_wrong(session, "stats_period", "stats_period requires a number of seconds above 0");
  }
  only_call(session, "update_collecting_period", {*seconds}, "", "Statistics period updated");
}

}  // namespace holdfast::ctl
