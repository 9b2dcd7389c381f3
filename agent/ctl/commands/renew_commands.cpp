// agent restart, keeper restart: the installed programs take over on the node that is asked, while every
// program goes on (DESIGN section 4).
#include <chrono>
#include <thread>

#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"
#include "ctl/commands/verb_arguments.hpp"

namespace holdfast::ctl {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(20);
constexpr auto kBackWithin = std::chrono::seconds(45);  // above the time that the keeper gives a new program (30 s)

/// The answer of the agent that came after the one with this pid; the last failure when none does.
Reply next_agent(Session& session, std::int64_t before) {
  const auto until = std::chrono::steady_clock::now() + kBackWithin;
  for (;;) {
    Reply reply = session.call("holdfast.getAgent", {}, Patience::glance);
    const bool new_one = reply && int_member(reply.value(), "pid") != before;
    if (new_one || std::chrono::steady_clock::now() >= until) {
      return reply;
    }
    std::this_thread::sleep_for(kLookEvery);  // the old one is still there, or broke off in its end
  }
}

void complain_of_silence(Session& session, const std::string& what, const Failure& failure) {
  session.console().complain(what + ": the restart was begun, but no agent has answered since (" +
                             people_text(failure, session.url()) +
                             "); programs go on, and the keeper goes on trying: see the main log");
}

void renew(Session& session, const std::string& what, const std::string& method) {
  const Reply before = session.call("holdfast.getAgent");
  if (!before) {
    return session.refused(before.failure());
  }
  const std::int64_t pid = int_member(before.value(), "pid");
  if (const Reply asked = session.call(method, {}, Patience::action); !asked) {
    return session.refused(asked.failure());
  }
  const Reply after = next_agent(session, pid);
  if (!after) {
    complain_of_silence(session, what, after.failure());
    return session.set_status(exit_status::generic);
  }
  session.console().result(after.value());
  if (int_member(after.value(), "pid") == pid) {
    session.console().complain(what + ": no new agent came; no program was touched (see the main log)");
    return session.set_status(exit_status::generic);
  }
  for (const char* which : {"keeper_problem", "agent_problem"}) {
    if (const std::string problem = text_member(after.value(), which); !problem.empty()) {
      session.console().complain(what + ": " + problem + "; no program was touched");
      return session.set_status(exit_status::generic);
    }
  }
  session.console().say(what + ": restarted (agent's pid " +
                        std::to_string(int_member(after.value(), "pid")) + ", version " +
                        text_member(after.value(), "version") + ")");
}

void run_renewal(Session& session, const Arguments& arguments, const std::string& what,
                 const std::string& method) {
  const auto parsed = parse_renew(what, arguments.words);
  if (!parsed) {
    session.console().complain(parsed.error().message);
    return session.set_status(exit_status::invalid_arguments);
  }
  session.console().set_format(parsed.value().format.value_or(session.console().format()));
  renew(session, what, method);
}

}  // namespace

void run_agent(Session& session, const Arguments& arguments) {
  run_renewal(session, arguments, "agent", "holdfast.restartAgent");
}

void run_keeper(Session& session, const Arguments& arguments) {
  run_renewal(session, arguments, "keeper", "holdfast.restartKeeper");
}

}  // namespace holdfast::ctl
