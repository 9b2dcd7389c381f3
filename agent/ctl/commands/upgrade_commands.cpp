// agent restart, keeper restart: the installed programs take over on the node that is asked, while every
// program goes on running.
#include <chrono>
#include <thread>

#include "base/limits.hpp"
#include "ctl/commands/own_commands.hpp"
#include "ctl/format/members.hpp"

namespace holdfast::ctl {
namespace {

/// The answer of the agent that came after the one with this pid; the last failure when none does.
Reply next_agent(Session& session, std::int64_t before) {
  const auto until = std::chrono::steady_clock::now() + limits::ctl_new_agent_timeout;
  for (;;) {
    Reply reply = session.call("holdfast.getAgent", {}, Patience::glance);
    const bool new_one = reply && int_member(reply.value(), "pid") != before;
    if (new_one || std::chrono::steady_clock::now() >= until) {
      return reply;
    }
    std::this_thread::sleep_for(limits::ctl_new_agent_poll);  // the old one still answers, or ended without an answer
  }
}

void print_silence(Session& session, const std::string& what, const Failure& failure) {
  session.console().print_error(what + ": the restart was begun, but no agent has answered since (" +
                                plain_text(failure, session.url()) +
                                "); programs go on, and the keeper goes on trying: see the main log");
}

void upgrade(Session& session, const std::string& what, const std::string& method) {
  const Reply before = session.call("holdfast.getAgent");
  if (!before) {
    return session.show_failure(before.failure());
  }
  const std::int64_t pid = int_member(before.value(), "pid");
  if (const Reply asked = session.call(method, {}, Patience::action); !asked) {
    return session.show_failure(asked.failure());
  }
  const Reply after = next_agent(session, pid);
  if (!after) {
    print_silence(session, what, after.failure());
    return session.set_status(exit_status::generic);
  }
  session.console().print_document(after.value());
  if (int_member(after.value(), "pid") == pid) {
    session.console().print_error(what + ": no new agent came; no program was touched (see the main log)");
    return session.set_status(exit_status::generic);
  }
  for (const char* which : {"keeper_problem", "agent_problem"}) {
    if (const std::string problem = text_member(after.value(), which); !problem.empty()) {
      session.console().print_error(what + ": " + problem + "; no program was touched");
      return session.set_status(exit_status::generic);
    }
  }
  session.console().print(what + ": restarted (agent's pid " + std::to_string(int_member(after.value(), "pid")) +
                          ", version " + text_member(after.value(), "version") + ")");
}

}  // namespace

void run_agent(Session& session, const UpgradeArguments&) {
  upgrade(session, "agent", "holdfast.restartAgent");
}

void run_keeper(Session& session, const UpgradeArguments&) {
  upgrade(session, "keeper", "holdfast.restartKeeper");
}

}  // namespace holdfast::ctl
