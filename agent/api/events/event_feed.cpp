#include "api/events/event_feed.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/cluster_values.hpp"
#include "api/node_process_values.hpp"
#include "base/text.hpp"
#include "rules/application_state.hpp"
#include "rules/candidates.hpp"
#include "wire/json_value.hpp"

namespace holdfast::api {
namespace {

ExternalEvent modes_event(const EventSight& sight) {
  return event_of(EventTopic::supvisors, supvisors_state_value(sight.view, sight.now));
}

ExternalEvent instance_event(const EventSight& sight, const cluster::MemberView& member) {
  return event_of(EventTopic::instance, instance_value(sight.view, member, sight.matcher, sight.now, sight.wall));
}

/// Whether the row tells of an event that the other one does not. A pid is no reason when it has ended: the row of the
/// end names the child that was, a table told anew none; neither is a moment that one of them does not know.
bool is_event_after(const cluster::ProcessFact& fact, const cluster::ProcessFact& before) {
  const bool is_later = fact.event_us != before.event_us && fact.event_us != 0 && before.event_us != 0;
  return is_later || fact.state != before.state || fact.since_mono_ms != before.since_mono_ms ||
         fact.expected_exit != before.expected_exit || (!is_stopped(fact.state) && fact.pid != before.pid);
}

}  // namespace

ExternalEvent event_of(EventTopic topic, const wire::Value& body) {
  return {topic, wire::json_of(body).dump()};
}

EventTopics topics_of_prefix(std::string_view subscription) {
  EventTopics topics = 0;
  for (const EventTopic topic : all_values<EventTopic>()) {
    topics |= name_of(topic).starts_with(subscription) ? only(topic) : EventTopics{0};
  }
  return topics;
}

std::optional<EventTopics> topics_of_path(std::string_view path) {
  EventTopics topics = 0;
  for (const std::string_view word : text::split(path, '/')) {
    if (word == "all") {
      topics = kAllEventTopics;
      continue;
    }
    if (word.empty()) {
      continue;
    }
    const auto topic = parse<EventTopic>(word);
    if (!topic) {
      return std::nullopt;
    }
    topics |= only(*topic);
  }
  return topics == 0 ? std::nullopt : std::optional(topics);
}

std::string text_of(const ExternalEvent& event) {
  std::string text = "[\"";
  text += name_of(event.topic);
  text += "\", ";
  text += event.body;
  text += ']';
  return text;
}

// ---- what follows from a step ----

void EventFeed::begin(const EventSight& sight) {
  end();
  for (const cluster::MemberView& member : sight.view.members) {
    members_[member.node_id] = member.state;
    peers_[member.node_id] = modes_of(member);
    for (const auto& [namespec, fact] : member.table.rows()) {
      copies_[{member.identifier, namespec}] = fact;
    }
  }
  own_modes_ = wire::json_of(supvisors_state_value(sight.view, Instant{})).dump();
}

void EventFeed::end() {
  copies_.clear();
  members_.clear();
  peers_.clear();
  own_modes_.clear();
}

EventFeed::PeerModes EventFeed::modes_of(const cluster::MemberView& member) {
  return {member.cluster_state, member.degraded, member.discovery, member.starting_jobs, member.stopping_jobs};
}

std::vector<ExternalEvent> EventFeed::changes(const EventSight& sight, EventTopics wanted) {
  Step step{sight, wanted, {}, {}, {}};
  members_changed(step);
  processes_changed(step);
  modes_changed(step);
  return std::move(step.messages);
}

void EventFeed::members_changed(Step& step) {
  for (const cluster::MemberView& member : step.sight.view.members) {
    auto& shown = members_.try_emplace(member.node_id, MemberState::stopped).first->second;
    if (std::exchange(shown, member.state) == member.state) {
      continue;
    }
    step.changed_members.insert(member.node_id);
    if (step.wants(EventTopic::instance)) {
      step.messages.push_back(instance_event(step.sight, member));
    }
  }
}

/// One for each peer that says something new of itself, and one when what this node says is another.
void EventFeed::modes_changed(Step& step) {
  if (!step.wants(EventTopic::supvisors)) {
    return;
  }
  std::size_t count = 0;
  for (const cluster::MemberView& member : step.sight.view.members) {
    const PeerModes modes = modes_of(member);
    auto& known = peers_.try_emplace(member.node_id, PeerModes{}).first->second;
    count += std::exchange(known, modes) != modes && !member.local ? 1U : 0U;
  }
  std::string modes = wire::json_of(supvisors_state_value(step.sight.view, Instant{})).dump();
  if (modes != own_modes_) {
    own_modes_ = std::move(modes);
    count = std::max<std::size_t>(count, 1);
  }
  step.messages.insert(step.messages.end(), count, count == 0 ? ExternalEvent{} : modes_event(step.sight));
}

void EventFeed::processes_changed(Step& step) {
  using How = rules::TouchedCopy::How;
  How last = How::told;
  for (const rules::TouchedCopy& touched : step.sight.view.cluster.touched) {
    if (std::exchange(last, touched.how) != touched.how) {
      tell_applications(step);
    }
    switch (touched.how) {
      case How::told:
        copy_told(step, touched);
        break;
      case How::forced:
        state_forced(step, {touched.application, touched.process});
        break;
      case How::lost:
        copy_lost(step, touched);
        break;
      case How::removed:
        copy_removed(step, touched);
        break;
    }
  }
  tell_applications(step);
}

/// Of an event: the process and its application, as they are with it.
void EventFeed::tell_status(Step& step, const rules::ClusterView& cluster, const ProcessId& id) {
  if (step.wants(EventTopic::process)) {
    step.messages.push_back(event_of(EventTopic::process, process_value(cluster, id, step.sight.now)));
  }
  if (step.wants(EventTopic::application)) {
    step.messages.push_back(
        event_of(EventTopic::application, application_value(cluster, step.sight.matcher, id.group, step.sight.now)));
  }
}

void EventFeed::tell_applications(Step& step) {
  for (const std::string& name : std::exchange(step.applications, {})) {
    if (step.wants(EventTopic::application)) {
      step.messages.push_back(
          event_of(EventTopic::application,
                   application_value(step.sight.view.cluster, step.sight.matcher, name, step.sight.now)));
    }
  }
}

/// A row that is told again as it was is no event, nor is a copy that is new here: added, or of a node that came. One
/// that is added, and starts before it is told for the first time, is.
void EventFeed::copy_told(Step& step, const rules::TouchedCopy& touched) {
  const EventSight& sight = step.sight;
  const ProcessId id{touched.application, touched.process};
  const cluster::MemberView* const member = sight.view.find(touched.identifier);
  const rules::ProcessView* const process = rules::find_process(sight.view.cluster, id);
  if (member == nullptr || process == nullptr) {
    return;
  }
  const auto row = member->table.rows().find(full_namespec(id));
  const auto copy = process->copies.find(touched.identifier);
  if (row == member->table.rows().end() || copy == process->copies.end()) {
    return;  // touched again, and removed, in the same step
  }
  const cluster::ProcessFact& fact = row->second;
  const auto [at, is_new] = copies_.try_emplace({touched.identifier, row->first}, fact);
  cluster::ProcessFact before = std::exchange(at->second, fact);
  if (is_new) {
    before.state = ProcessState::stopped;
  }
  if (step.changed_members.contains(member->node_id) &&
      (is_new || before.event_us == 0 || fact.event_us <= before.event_us)) {
    return;  // what a node that comes says first has not happened now
  }
  if (before.disabled != fact.disabled && step.wants(EventTopic::event)) {
    before.disabled = fact.disabled;  // as it was then: what this led to is an event of its own
    step.messages.push_back(
        event_of(EventTopic::event, local_process_value(*member, before, sight.now, sight.wall, sight.utc_offset)));
  }
  if (!is_event_after(fact, before)) {
    return;
  }
  if (step.wants(EventTopic::event)) {
    step.messages.push_back(
        event_of(EventTopic::event, process_event_value(*member, fact, copy->second, sight.now, sight.wall)));
  }
  if (!process->forced) {
    return tell_status(step, sight.view.cluster, id);
  }
  // Any event ends a state that is shown instead of the real one, also where the Master's word of it is under way.
  rules::ClusterView unforced;
  unforced.applications[id.group] = sight.view.cluster.applications.at(id.group);
  unforced.applications[id.group].at(id.name).forced.reset();
  tell_status(step, unforced, id);
}

/// What still runs elsewhere is as it was.
void EventFeed::copy_lost(Step& step, const rules::TouchedCopy& touched) {
  const ProcessId id{touched.application, touched.process};
  copies_.erase({touched.identifier, full_namespec(id)});
  const rules::ProcessView* const process = rules::find_process(step.sight.view.cluster, id);
  if (process == nullptr || !rules::process_status(*process).active_on.empty()) {
    return;
  }
  if (step.wants(EventTopic::process)) {
    step.messages.push_back(event_of(EventTopic::process, process_value(step.sight.view.cluster, id, step.sight.now)));
  }
  step.applications.insert(id.group);
}

/// A process that another node still defines goes on, and so does its application.
void EventFeed::copy_removed(Step& step, const rules::TouchedCopy& touched) {
  const EventSight& sight = step.sight;
  const ProcessId id{touched.application, touched.process};
  copies_.erase({touched.identifier, full_namespec(id)});
  if (const auto* member = sight.view.find(touched.identifier); member != nullptr && step.wants(EventTopic::event)) {
    step.messages.push_back(event_of(EventTopic::event, removal_event_value(*member, id, sight.now, sight.wall)));
  }
  if (rules::find_process(sight.view.cluster, id) != nullptr) {
    return;
  }
  if (step.wants(EventTopic::process)) {
    step.messages.push_back(event_of(EventTopic::process, deleted_process_value(id, sight.now)));
  }
  step.applications.insert(id.group);
}

/// That it is no longer shown is told with the event that ended it.
void EventFeed::state_forced(Step& step, const ProcessId& id) {
  const EventSight& sight = step.sight;
  const auto* process = rules::find_process(sight.view.cluster, id);
  if (process == nullptr || !process->forced) {
    return;
  }
  if (step.wants(EventTopic::event)) {
    step.messages.push_back(
        event_of(EventTopic::event, forced_event_value(id, *process->forced, sight.now, sight.wall)));
  }
  tell_status(step, sight.view.cluster, id);
}

std::vector<ExternalEvent> EventFeed::tick(const EventSight& sight, EventTopics wanted) {
  std::vector<ExternalEvent> events;
  if ((wanted & only(EventTopic::instance)) == 0) {
    return events;
  }
  for (const cluster::MemberView& member : sight.view.members) {
    if (member.local || cluster::in_sight(member.state)) {
      events.push_back(instance_event(sight, member));
    }
  }
  return events;
}

// ---- what holds ----

bool EventSnapshot::next(const EventSight& sight, std::size_t max, std::vector<ExternalEvent>& into) {
  const std::size_t end = into.size() + max;
  if (!modes_told_ && into.size() < end) {
    modes_told_ = true;
    if (wants(EventTopic::supvisors)) {
      into.push_back(modes_event(sight));
    }
  }
  return next_instances(sight, end, into) || next_applications(sight, end, into) || next_processes(sight, end, into);
}

bool EventSnapshot::next_instances(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into) {
  for (; wants(EventTopic::instance) && member_ < sight.view.members.size(); ++member_) {
    if (into.size() == end) {
      return true;
    }
    into.push_back(instance_event(sight, sight.view.members[member_]));
  }
  return false;
}

bool EventSnapshot::next_applications(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into) {
  if (!wants(EventTopic::application) || applications_told_) {
    return false;
  }
  const auto& all = sight.view.cluster.applications;
  for (auto next = all.upper_bound(application_); next != all.end(); ++next) {
    if (into.size() == end) {
      return true;
    }
    application_ = next->first;
    into.push_back(event_of(EventTopic::application,
                            application_value(sight.view.cluster, sight.matcher, application_, sight.now)));
  }
  applications_told_ = true;
  return false;
}

bool EventSnapshot::next_processes(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into) {
  if (!wants(EventTopic::process)) {
    return false;
  }
  const auto& all = sight.view.cluster.applications;
  for (auto application = all.lower_bound(process_.group); application != all.end(); ++application) {
    if (application->first != process_.group) {
      process_ = {application->first, ""};
    }
    const auto& processes = application->second;
    for (auto next = processes.upper_bound(process_.name); next != processes.end(); ++next) {
      if (into.size() == end) {
        return true;
      }
      process_.name = next->first;
      into.push_back(event_of(EventTopic::process, process_value(sight.view.cluster, process_, sight.now)));
    }
  }
  return false;
}

}  // namespace holdfast::api
