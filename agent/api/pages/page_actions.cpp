#include "api/pages/page_actions.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "base/fault.hpp"

namespace holdfast::api {
namespace {

using dashboard::FlashMessage;
using dashboard::PageAction;
using dashboard::PageTarget;
using dashboard::PageVerb;
using dashboard::Tone;

std::string sentence(const PageAction& action) {
  const std::string subject = action.target == PageTarget::all
                                  ? "all programs"
                                  : action.name + (action.node.empty() ? "" : " on " + action.node);
  return std::string(name_of(action.verb)) + " " + subject;
}

FlashMessage done_at_once(const PageAction& action) {
  return {Tone::good, sentence(action), {}};
}

FlashMessage under_way(const PageAction& action, std::string operation) {
  return {Tone::busy, sentence(action), std::move(operation)};
}

FlashMessage refused(const PageAction& action, const std::string& why) {
  return {Tone::bad, sentence(action) + ": " + why, {}};
}

std::optional<cluster::Action> cluster_action_of(PageVerb verb, bool of_process) {
  switch (verb) {
    case PageVerb::start:
      return of_process ? cluster::Action::start_process : cluster::Action::start_application;
    case PageVerb::stop:
      return of_process ? cluster::Action::stop_process : cluster::Action::stop_application;
    case PageVerb::restart:
      return of_process ? cluster::Action::restart_process : cluster::Action::restart_application;
    case PageVerb::clear_log:
      return std::nullopt;
  }
  return std::nullopt;
}

void ask_cluster(Ports& ports, const PageAction& action, cluster::OperatorRequest request, const Caller& caller,
                 const ActionDone& done) {
  auto answered = std::make_shared<bool>(false);
  ports.cluster->submit(std::move(request), caller, [action, done, answered](const cluster::Reply& reply) {
    if (std::exchange(*answered, true)) {
      return;
    }
    const bool good = reply.phase == cluster::AnswerPhase::accepted || reply.code.done();
    done(good ? under_way(action, reply.operation)
              : refused(action, std::string(name_of(reply.code)) + (reply.text.empty() ? "" : ": " + reply.text)));
  });
}

/// An application without rules has no sequence: its processes one by one, by the Master.
void act_in_cluster(Ports& ports, const PageAction& action, const Caller& caller, const ActionDone& done) {
  const bool one_by_one = action.target == PageTarget::application &&
                          !ports.cluster->node().engine().matcher().application(action.name).managed;
  const auto wanted = cluster_action_of(action.verb, one_by_one || action.target == PageTarget::process);
  if (!wanted) {
    return done(refused(action, "not possible here"));
  }
  cluster::OperatorRequest request;
  request.action = *wanted;
  request.target = action.name + (one_by_one ? ":*" : "");
  if (const cluster::MemberView* member = ports.cluster->node().view().find(action.node); member != nullptr) {
    request.identifier = member->identifier;
  }
  ask_cluster(ports, action, std::move(request), caller, done);
}

supervision::Input local_request(const PageAction& action, supervision::Action act) {
  if (action.target == PageTarget::process) {
    supervision::ProcessRequest request;
    request.action = act;
    request.namespec = action.name;
    request.wait = act == supervision::Action::stop;
    return request;
  }
  if (action.target == PageTarget::application) {
    supervision::GroupRequest request;
    request.action = act;
    request.group = action.name;
    request.wait = act == supervision::Action::stop;
    return request;
  }
  supervision::AllRequest request;
  request.action = act;
  request.wait = act == supervision::Action::stop;
  return request;
}

void act_locally(Ports& ports, const PageAction& action, supervision::Action act, const Caller& caller,
                 const ActionDone& done) {
  ports.supervision.submit(local_request(action, act), caller, [action, done](const supervision::Completed& completed) {
    if (const auto* fault = std::get_if<FaultText>(&completed.answer)) {
      return done(refused(action, text_of(*fault)));
    }
    done(action.verb == PageVerb::start ? under_way(action, {}) : done_at_once(action));
  });
}

void restart_locally(Ports& ports, const PageAction& action, const Caller& caller, const ActionDone& done) {
  ports.supervision.submit(local_request(action, supervision::Action::stop), caller,
                           [&ports, action, caller, done](const supervision::Completed&) {
                             // Not running is no hindrance: then it is only started.
                             act_locally(ports, action, supervision::Action::start, caller, done);
                           });
}

void clear_log(Ports& ports, const PageAction& action, const Caller& caller, const ActionDone& done) {
  const supervision::Process* process = ports.supervision.supervisor().find_namespec(action.name);
  if (process == nullptr || action.target != PageTarget::process) {
    return done(refused(action, "this node has no such process"));
  }
  ports.logs.clear_process(process->key(), [&ports, action, caller, done](const Status& status) {
    ports.history.record(caller, action.name, "clear log", status ? "done" : status.error().message);
    done(status ? FlashMessage{Tone::good, "the logs of " + action.name + " on this node were cleared", {}}
                : refused(action, status.error().message));
  });
}

}  // namespace

void perform_action(Ports& ports, const PageAction& action, const Caller& caller, const ActionDone& done) {
  if (action.verb == PageVerb::clear_log) {
    return clear_log(ports, action, caller, done);
  }
  if (ports.cluster != nullptr && action.target != PageTarget::all) {
    return act_in_cluster(ports, action, caller, done);
  }
  if (action.verb == PageVerb::restart) {
    return restart_locally(ports, action, caller, done);
  }
  act_locally(ports, action, action.verb == PageVerb::start ? supervision::Action::start : supervision::Action::stop,
              caller, done);
}

}  // namespace holdfast::api
