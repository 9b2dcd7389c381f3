#include "api/pages/page_actions.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "api/methods/fault.hpp"
#include "supervision/process_key.hpp"

namespace holdfast::api {
namespace {

using dashboard::FlashMessage;
using dashboard::PageAction;
using dashboard::Tone;

std::string subject_of(const PageAction& action) {
  return action.kind == "all" ? "all programs"
                              : action.name + (action.node.empty() ? "" : " on " + action.node);
}

std::string sentence(const PageAction& action) {
  return action.action + " " + subject_of(action);
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

std::optional<cluster::Action> cluster_action_of(const PageAction& action) {
  const bool process = action.kind == "process";
  if (action.action == "start") {
    return process ? cluster::Action::start_process : cluster::Action::start_application;
  }
  if (action.action == "stop") {
    return process ? cluster::Action::stop_process : cluster::Action::stop_application;
  }
  if (action.action == "restart") {
    return process ? cluster::Action::restart_process : cluster::Action::restart_application;
  }
  return std::nullopt;
}

void ask_cluster(Ports& ports, const PageAction& action, cluster::OperatorRequest request,
                 const Caller& caller, const ActionDone& done) {
  auto answered = std::make_shared<bool>(false);
  ports.cluster->submit(std::move(request), caller, [action, done, answered](const cluster::Reply& reply) {
    if (std::exchange(*answered, true)) {
      return;
    }
    const bool good =
        reply.phase == cluster::AnswerPhase::accepted || reply.code == cluster::ResultCode::success;
    done(good ? under_way(action, reply.operation)
              : refused(action, std::string(cluster::name_of(reply.code)) +
                                    (reply.text.empty() ? "" : ": " + reply.text)));
  });
}

/// An application without rules has no sequence: its processes one by one, by the Master.
void act_in_cluster(Ports& ports, const PageAction& action, const Caller& caller, const ActionDone& done) {
  const auto wanted = cluster_action_of(action);
  if (!wanted) {
    return done(refused(action, "not possible here"));
  }
  cluster::OperatorRequest request;
  request.action = *wanted;
  request.target = action.name;
  if (const cluster::MemberView* member = ports.cluster->node().view().find(action.node); member != nullptr) {
    request.identifier = member->identifier;
  }
  if (action.kind == "application" &&
      !ports.cluster->node().engine().matcher().application(action.name).managed) {
    PageAction each = action;
    each.kind = "process";
    request.action = cluster_action_of(each).value_or(*wanted);
    request.target = action.name + ":*";
  }
  ask_cluster(ports, action, std::move(request), caller, done);
}

supervision::Input local_request(const PageAction& action, supervision::Action act) {
  if (action.kind == "process") {
    supervision::ProcessRequest request;
    request.action = act;
    request.namespec = action.name;
    request.wait = act == supervision::Action::stop;
    return request;
  }
  if (action.kind == "application") {
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
  ports.supervision.submit(local_request(action, act), caller,
                           [action, done](const supervision::Completed& completed) {
                             if (const auto* fault = std::get_if<supervision::FaultText>(&completed.answer)) {
                               return done(refused(action, supervision::text_of(*fault)));
                             }
                             done(action.action == "start" ? under_way(action, {}) : done_at_once(action));
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
  if (process == nullptr || action.kind != "process") {
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
  if (action.action == "clearlog") {
    return clear_log(ports, action, caller, done);
  }
  if (ports.cluster != nullptr && action.kind != "all") {
    return act_in_cluster(ports, action, caller, done);
  }
  if (action.action == "restart") {
    return restart_locally(ports, action, caller, done);
  }
  act_locally(ports, action,
              action.action == "start" ? supervision::Action::start : supervision::Action::stop, caller,
              done);
}

}  // namespace holdfast::api
