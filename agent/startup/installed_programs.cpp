#include "startup/installed_programs.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/settings_reader.hpp"
#include "keeper/socket.hpp"
#include "startup/config_check.hpp"
#include "startup/handover_check.hpp"

namespace holdfast {
namespace {

/// Whether `path` is the file that a process runs, given as its /proc/PID/exe.
bool runs_already(const std::string& path, const std::string& exe) {
  struct stat installed {};
  struct stat running {};
  return ::stat(path.c_str(), &installed) == 0 && ::stat(exe.c_str(), &running) == 0 &&
         installed.st_dev == running.st_dev && installed.st_ino == running.st_ino;
}

/// The path that a process was started from, also when another file is there now.
std::string path_of(const std::string& exe) {
  constexpr std::string_view gone = " (deleted)";
  std::string path(PATH_MAX, '\0');
  const ssize_t length = ::readlink(exe.c_str(), path.data(), path.size());
  path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  if (path.ends_with(gone)) {
    path.resize(path.size() - gone.size());
  }
  return path;
}

/// Why a tried program is no good; empty: it is. `expected`: the word that a good one says.
std::string problem_of(const std::string& path, const system::TrialEnd& end, std::string_view expected) {
  const std::string what = "the installed " + path;
  const std::string words(text::trim(log_line_of(Error{end.words})));
  if (!end.in_time) {
    return what + " has not answered within " + std::to_string(limits::program_trial_time / 1s) + " s";
  }
  if (WIFSIGNALED(end.wait_status)) {
    const char* name = ::sigdescr_np(WTERMSIG(end.wait_status));
    return what + " does not run: it was ended by signal " + std::to_string(WTERMSIG(end.wait_status)) +
           (name == nullptr ? "" : " (" + std::string(name) + ")");
  }
  if (const int status = WEXITSTATUS(end.wait_status); status != 0) {
    return status == kLaunchRefused && !words.empty()
               ? what + " " + words
               : what + " does not run: it ended with status " + std::to_string(status) +
                     (words.empty() ? "" : " (" + words + ")");
  }
  return words.find(expected) == std::string::npos ? what + " is no such program: it ended without an answer" : "";
}

/// An agent of a build that has not been asked such a thing.
bool does_not_know_the_question(const system::TrialEnd& end) {
  return end.words.find("option " + std::string(kCheckHandover) + " not recognized") != std::string::npos;
}

}  // namespace

Result<std::vector<config::GroupSettings>> InstalledPrograms::read_groups() {
  auto settings = config::read_settings(facts_.configuration_file, facts_.command_line, facts_.host);
  if (!settings) {
    log_.error("the configuration does not load; nothing was changed: " + log_line_of(settings.error()));
    return settings.error();
  }
  if (const auto cluster = check_cluster(settings.value(), facts_.host); !cluster) {
    log_.error("the configuration would not start; nothing was changed: " + log_line_of(cluster.error()));
    return cluster.error();
  }
  return std::move(settings).value().groups;
}

Status InstalledPrograms::configuration_starts() {
  Status good = check_configuration(facts_.configuration_file, facts_.command_line, facts_.host);
  if (!good) {
    log_.error("no restart, because it would fail with this configuration; everything goes on as it was: " +
               log_line_of(good.error()));
  }
  return good;
}

void InstalledPrograms::try_installed(bool keeper_too, Answer answer) {
  if (trial_.running()) {
    return answer(Error{"the installed programs are being tried already; ask again"});
  }
  const std::string keeper_exe = "/proc/" + std::to_string(facts_.keeper_pid) + "/exe";
  if (keeper_too && !runs_already(path_of(keeper_exe), keeper_exe)) {
    answer = [this, then = std::move(answer)](const Status& good) { good ? try_keeper(then) : then(good); };
  }
  if (runs_already(facts_.invocation.program, "/proc/self/exe")) {
    return answer({});
  }
  try_agent(facts_.handover_state(), answer);
}

void InstalledPrograms::try_agent(const std::string& state, const Answer& answer) {
  const keeper::Fd memfd = keeper::make_sealed_memfd("handover-state", state);
  if (!memfd.valid()) {
    return refuse("the installed agent cannot be tried: " + std::string(std::strerror(errno)), answer);
  }
  std::vector<std::string> words{std::string(kCheckHandover)};
  words.insert(words.end(), facts_.invocation.words.begin(), facts_.invocation.words.end());
  const Status started = trial_.start(
      facts_.invocation.program, std::move(words), memfd.get(), limits::program_trial_time,
      [this, answer](const system::TrialEnd& end) {
        if (does_not_know_the_question(end)) {
          log_.info("the installed " + facts_.invocation.program + " is too old to be asked whether it can take over");
          return answer({});
        }
        const std::string problem = problem_of(facts_.invocation.program, end, kHandoverUnderstood);
        problem.empty() ? answer({}) : refuse(problem, answer);
      });
  if (!started) {
    refuse("the installed " + facts_.invocation.program + " cannot be run: " + started.error().message, answer);
  }
}

void InstalledPrograms::try_keeper(const Answer& answer) {
  const std::string path = path_of("/proc/" + std::to_string(facts_.keeper_pid) + "/exe");
  const auto judge = [this, path, answer](const system::TrialEnd& end) {
    const std::string problem = problem_of(path, end, ".");  // of a version's number
    problem.empty() ? answer({}) : refuse(problem, answer);
  };
  const Status started = trial_.start(path, {"--version"}, -1, limits::program_trial_time, judge);
  if (!started) {
    refuse("the installed " + path + " cannot be run: " + started.error().message, answer);
  }
}

void InstalledPrograms::refuse(const std::string& why, const Answer& answer) {
  log_.error("no restart, because it would fail; everything goes on as it was: " + why);
  answer(Error{why + "; nothing was changed"});
}

}  // namespace holdfast
