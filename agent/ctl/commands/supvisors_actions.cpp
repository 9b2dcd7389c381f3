// update_numprocs lazy_update_numprocs enable disable loglevel enable_stats disable_stats stats_period: settings of
// this node and its programs. conciliate restart_sequence sreload sshutdown: the cluster as a whole (contract
// supvisors.md 6).
#include <charconv>

#include "base/text.hpp"
#include "config/python_text.hpp"
#include "ctl/commands/run_command.hpp"
#include "ctl/commands/supvisors_calls.hpp"
#include "ctl/commands/supvisors_check.hpp"
#include "ctl/commands/supvisors_commands.hpp"

namespace holdfast::ctl {
namespace {

using Words = std::vector<std::string>;

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

void set_numprocs(Session& session, std::string_view command, const Words& words, bool lazy) {
  const auto count = config::python_int(words[1], 10);
  if (!count || *count < 1 || *count > INT32_MAX) {
    return show_required_words(session, command);
  }
  Server::Params params{words[0], *count};
  if (lazy) {
    params.insert(params.end(), {true, true});
  }
  act_once(session, "update_numprocs", params, "", words[0] + " numprocs updated");
}

void set_statistics(Session& session, std::string_view command, const Arguments& arguments, bool on) {
  bool host = false;
  bool process = false;
  Words kinds = arguments.words.empty() ? Words{"all"} : arguments.words;
  for (std::string& kind : kinds) {
    kind = text::lower(kind);
    if (kind != "host" && kind != "process" && kind != "all") {
      return show_wrong_words(session, command, "invalid statistics type " + kind);
    }
    host = host || kind != "process";
    process = process || kind != "host";
  }
  const std::string done = on ? " statistics enabled" : " statistics disabled";
  wire::Struct results;
  for (const auto& [wanted, kind] : {std::pair{host, "Host"}, {process, "Process"}}) {
    const std::string method = "enable_" + text::lower(kind) + "_statistics";
    const auto value = wanted ? act_and_print(session, method, {on}, "", kind + done) : std::nullopt;
    if (value) {
      results.push_back({text::lower(kind), *value});
    }
  }
  session.console().print_document(results);
}

}  // namespace

void run_update_numprocs(Session& session, const Arguments& arguments) {
  set_numprocs(session, "update_numprocs", arguments.words, false);
}

void run_lazy_update_numprocs(Session& session, const Arguments& arguments) {
  set_numprocs(session, "lazy_update_numprocs", arguments.words, true);
}

void run_enable(Session& session, const Arguments& arguments) {
  const std::string& program = arguments.words.front();
  act_once(session, "enable", {program}, "", program + " enabled");
}

void run_disable(Session& session, const Arguments& arguments) {
  const std::string& program = arguments.words.front();
  act_once(session, "disable", {program}, "", program + " disabled");
}

void run_conciliate(Session& session, const Arguments& arguments) {
  const Words& words = arguments.words;
  const auto strategy = words.empty() ? std::nullopt : parse<ConciliationStrategy>(words.front());
  if (!strategy) {
    return show_wrong_words(session, "conciliate",
                            "conciliate requires a strategy: " + names_of<ConciliationStrategy>(" or "));
  }
  act_once(session, "conciliate", {std::string(name_of(*strategy))}, "", "Conciliated");
}

void run_restart_sequence(Session& session, const Arguments&) {
  act_once(session, "restart_sequence", {}, "", "Start sequence completed");
}

void run_sreload(Session& session, const Arguments&) {
  act_once(session, "restart", {}, "", "Restarted");
}

void run_sshutdown(Session& session, const Arguments&) {
  act_once(session, "shutdown", {}, "", "Shut down");
}

void run_loglevel(Session& session, const Arguments& arguments) {
  act_once(session, "change_log_level", {arguments.words.front()}, "", "Logger level changed");
}

void run_enable_stats(Session& session, const Arguments& arguments) {
  set_statistics(session, "enable_stats", arguments, true);
}

void run_disable_stats(Session& session, const Arguments& arguments) {
  set_statistics(session, "disable_stats", arguments, false);
}

void run_stats_period(Session& session, const Arguments& arguments) {
  const auto seconds = number_of(arguments.words.front());
  if (!seconds || !(*seconds > 0)) {
    return show_required_words(session, "stats_period");
  }
  act_once(session, "update_collecting_period", {*seconds}, "", "Statistics period updated");
}

}  // namespace holdfast::ctl
