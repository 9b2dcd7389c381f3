// app start|stop|restart: whole applications by their rules, through any node of the cluster.
#include "ctl/commands/own_commands.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

using Verb = AppArguments::Verb;

struct VerbWords {
  const char* method;
  const char* done;              // when the answer is the end
  const char* requested;         // with --no-wait
  std::optional<Fault> ignored;  // leaves the status 0, as with supervisorctl's start and stop
};

VerbWords words_of(Verb verb) {
  switch (verb) {
    case Verb::start:
      return {"supvisors.start_application", "started", "start requested", Fault::already_started};
    case Verb::stop:
      return {"supvisors.stop_application", "stopped", "stop requested", Fault::not_running};
    case Verb::restart:
      return {"supvisors.restart_application", "restarted", "restart requested", std::nullopt};
  }
  return {};
}

/// The strategy to hand over: the one that was asked for, else the one of the application's rules.
Reply strategy_for(Session& session, const AppArguments& arguments, const std::string& name) {
  if (!arguments.strategy.empty()) {
    return wire::Value(arguments.strategy);
  }
  const Reply rules = session.call("supvisors.get_application_rules", {name});
  if (!rules) {
    return rules.failure();
  }
  const std::string strategy = text_member(rules.value(), "starting_strategy");
  return wire::Value(strategy.empty() ? "CONFIG" : strategy);
}

Reply request(Session& session, const AppArguments& arguments, const std::string& name) {
  const std::string method = words_of(arguments.verb).method;
  if (arguments.verb == Verb::stop) {
    return session.call(method, {name, arguments.wait}, Patience::action);
  }
  const Reply strategy = strategy_for(session, arguments, name);
  return strategy ? session.call(method, {strategy.value(), name, arguments.wait}, Patience::action)
                  : strategy.failure();
}

/// false: the server is of no use for the other names either.
bool run_one(Session& session, const AppArguments& arguments, const std::string& name, wire::Array& results) {
  const VerbWords words = words_of(arguments.verb);
  const Reply reply = request(session, arguments, name);
  if (reply) {
    const std::string outcome = arguments.wait ? words.done : words.requested;
    session.console().print(name + ": " + outcome);
    results.push_back(
        wire::Struct{{"application", name}, {"status", code_of(Fault::success)}, {"description", outcome}});
    return true;
  }
  const Failure& failure = reply.failure();
  if (failure.kind != Failure::Kind::fault || failure.code == code_of(Fault::unknown_method)) {
    session.show_failure(failure);
    return false;
  }
  session.console().print_error(name + ": ERROR (" + one_line(failure.text) + ")");
  results.push_back(wire::Struct{{"application", name}, {"status", failure.code}, {"description", failure.text}});
  session.set_status_of_fault(failure.code, words.ignored);
  return true;
}

}  // namespace

void run_app(Session& session, const AppArguments& arguments) {
  wire::Array results;
  for (const std::string& name : arguments.names) {
    if (!run_one(session, arguments, name, results)) {
      break;
    }
  }
  session.console().print_document(results);
}

}  // namespace holdfast::ctl
