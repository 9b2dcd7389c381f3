// startup_log.hpp: what the main log begins with: that an agent was replaced, what the reader of the
// configuration had to say, and what the keeper did before there was a log. Texts and order as Supervisor's where
// it has them. Called by the composition root; the rest once it has begun.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "keeper/protocol.hpp"
#include "storage/main_log.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

/// Why the keeper could not become the installed one, when it was asked to; empty: nothing of the kind.
std::string keeper_problem_of(const keeper::Welcome& welcome);

/// Why this agent is not the installed program; empty: it is.
std::string agent_problem_of(const keeper::Welcome& welcome);

void write_startup_log(const keeper::Welcome& welcome, const config::Settings& settings, storage::MainLog& log);

/// That the keeper went to the background (supervisor/options.py daemonize); after what is said of servers.
void say_daemonized(const keeper::Welcome& welcome, const config::DaemonSettings& daemon, storage::MainLog& log);

/// Programs of a keeper that was killed (process id `keeper_pid`) are among `found`: says so. Else nothing.
void say_killed_keeper(std::int32_t keeper_pid, const std::vector<system::FoundChild>& found, storage::MainLog& log);

// What the keeper says later:

/// It has, or has not, written the pid file.
void report_pidfile(int error, const config::DaemonSettings& daemon, storage::MainLog& log);
void report_hold_failed(const std::string& name, storage::MainLog& log);
void report_lost_keeper(const Error& why, storage::MainLog& log);

}  // namespace holdfast
