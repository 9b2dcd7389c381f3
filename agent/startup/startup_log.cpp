#include "startup/startup_log.hpp"

#include <cstring>
#include <string>

namespace holdfast {
namespace {

/// What the keeper did before us (supervisor/options.py: set_rlimits_or_exit).
void say_limits(const keeper::Welcome& welcome, storage::MainLog& log) {
  if (welcome.nofile_programs > welcome.nofile_before) {
    log.info("Increased RLIMIT_NOFILE limit to " + std::to_string(welcome.nofile_programs));
  }
  if (welcome.nproc_programs > welcome.nproc_before) {
    log.info("Increased RLIMIT_NPROC limit to " + std::to_string(welcome.nproc_programs));
  }
}

}  // namespace

void say_daemonized(const keeper::Welcome& welcome, const config::DaemonSettings& daemon, storage::MainLog& log) {
  if (welcome.reason != keeper::StartReason::first || daemon.nodaemon) {
    return;
  }
  log.info("daemonizing the supervisord process");
  if (daemon.directory) {
    const std::string quoted = "'" + *daemon.directory + "'";
    if (welcome.directory_errno == 0) {
      log.info("set current directory: " + quoted);
    } else {
      log.critical("can't chdir into " + quoted + ": [Errno " + std::to_string(welcome.directory_errno) + "] " +
                   ::strerrordesc_np(welcome.directory_errno) + ": " + quoted);
    }
  }
}

std::string keeper_problem_of(const keeper::Welcome& welcome) {
  if (welcome.handover_error == 0) {
    return {};
  }
  return "the keeper could not become the installed holdfastd and goes on as it was: " +
         (welcome.handover_error == keeper::handover_refused
              ? std::string("that program does not understand its state, or is broken")
              : std::string(::strerrordesc_np(welcome.handover_error)));
}

std::string agent_problem_of(const keeper::Welcome& welcome) {
  return welcome.former_agent == 0
             ? ""
             : "the installed holdfast-agent does not become ready; this is the program that ran before it";
}

void write_startup_log(const keeper::Welcome& welcome, const config::Settings& settings, storage::MainLog& log) {
  const bool handed_over = welcome.reason == keeper::StartReason::handed_over;
  const bool resumed = handed_over || welcome.reason == keeper::StartReason::crashed;
  if (handed_over) {
    log.info("this is holdfast-agent " HOLDFAST_VERSION ", started anew on request");
  } else if (resumed) {
    log.critical("the agent before this one ended by itself (wait status " + std::to_string(welcome.last_wait_status) +
                 "); its programs are taken over");
  }
  if (const std::string problem = keeper_problem_of(welcome); !problem.empty()) {
    log.error(problem);
  }
  for (const LogLevel level : {LogLevel::critical, LogLevel::error, LogLevel::warn, LogLevel::info}) {
    for (const config::ReaderMessage& message : settings.messages) {
      if (message.level == level && !(resumed && level != LogLevel::error)) {
        log.log(level, message.text);
      }
    }
  }
  if (welcome.reason == keeper::StartReason::first) {
    say_limits(welcome, log);
  }
}

void say_killed_keeper(std::int32_t keeper_pid, const std::vector<system::FoundChild>& found, storage::MainLog& log) {
  std::size_t alive = 0;
  std::size_t ended = 0;
  for (const system::FoundChild& child : found) {
    alive += child.of_killed_keeper && !child.exit ? 1U : 0U;
    ended += child.of_killed_keeper && child.exit ? 1U : 0U;
  }
  if (alive + ended > 0) {
    log.critical("the keeper before this one (pid " + std::to_string(keeper_pid) + ") was killed: " +
                 std::to_string(alive) + " of its programs live on and are supervised again, " + std::to_string(ended) +
                 " ended meanwhile; the exit status of all of these stays unknown, and what they wrote while no "
                 "keeper was there is lost");
  }
}

void report_pidfile(int error, const config::DaemonSettings& daemon, storage::MainLog& log) {
  if (error != 0) {
    log.critical("could not write pidfile " + daemon.pidfile + ": " + ::strerrordesc_np(error));
  }
}

void report_hold_failed(const std::string& name, storage::MainLog& log) {
  log.error("the keeper has no file descriptor left to hold '" + name + "': it would not outlive this agent");
}

void report_lost_keeper(const Error& why, storage::MainLog& log) {
  log.critical("the keeper is gone (" + why.message +
               "); this agent ends. The programs live on, but one that writes to its pipe is told that nobody reads "
               "it, and may end: start the daemon again at once");
}

}  // namespace holdfast
