#include "api/events/event_feed.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "api/cluster_values.hpp"
#include "api/node_process_values.hpp"
#include "base/text.hpp"
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

EventFeed::Known EventFeed::known_of(const cluster::ProcessFact& fact) {
  return {fact.state, is_stopped(fact.state) ? 0 : fact.pid, fact.since_mono_ms, fact.expected_exit, fact.disabled};
}

void EventFeed::begin(const EventSight& sight) {
  end();
  for (const cluster::MemberView& member : sight.view.members) {
    members_[member.node_id] = member.state;
    for (const auto& [namespec, fact] : member.table.rows()) {
      copies_[{member.identifier, namespec}] = known_of(fact);
    }
  }
  own_modes_ = wire::json_of(supvisors_state_value(sight.view, Instant{})).dump();
}

void EventFeed::end() {
  copies_.clear();
  members_.clear();
  own_modes_.clear();
}

std::vector<ExternalEvent> EventFeed::changes(const EventSight& sight, EventTopics wanted) {
  std::vector<ExternalEvent> events;
  members_changed(sight, wanted, events);
  std::set<std::string> applications;
  for (const rules::TouchedCopy& touched : sight.view.cluster.touched) {
    copy_touched(sight, touched, wanted, events);
    applications.insert(touched.application);
  }
  if ((wanted & only(EventTopic::application)) != 0) {
    for (const std::string& name : applications) {
      if (sight.view.cluster.applications.contains(name)) {
        events.push_back(
            event_of(EventTopic::application, application_value(sight.view, sight.matcher, name, sight.now)));
      }
    }
  }
  return events;
}

void EventFeed::members_changed(const EventSight& sight, EventTopics wanted, std::vector<ExternalEvent>& into) {
  for (const cluster::MemberView& member : sight.view.members) {
    auto& shown = members_.try_emplace(member.node_id, MemberState::stopped).first->second;
    if (std::exchange(shown, member.state) != member.state && (wanted & only(EventTopic::instance)) != 0) {
      into.push_back(instance_event(sight, member));
    }
  }
  if ((wanted & only(EventTopic::supvisors)) == 0) {
    return;
  }
  std::string modes = wire::json_of(supvisors_state_value(sight.view, Instant{})).dump();
  if (modes != own_modes_) {
    own_modes_ = std::move(modes);
    into.push_back(modes_event(sight));
  }
}

void EventFeed::copy_touched(const EventSight& sight, const rules::TouchedCopy& touched, EventTopics wanted,
                             std::vector<ExternalEvent>& into) {
  const ProcessId id{touched.application, touched.process};
  switch (touched.how) {
    case rules::TouchedCopy::How::told:
      copy_told(sight, touched, wanted, into);
      break;
    case rules::TouchedCopy::How::forced:
      if (const auto* process = rules::find_process(sight.view.cluster, id); process == nullptr) {
        return;  // of a process that nobody defines
      } else if (process->forced && (wanted & only(EventTopic::event)) != 0) {
        into.push_back(
            event_of(EventTopic::event, forced_event_value(sight.view, id, *process->forced, sight.now, sight.wall)));
      }
      break;
    case rules::TouchedCopy::How::lost:
      copies_.erase({touched.identifier, full_namespec(id)});
      break;
    case rules::TouchedCopy::How::removed:
      copies_.erase({touched.identifier, full_namespec(id)});
      if (const auto* member = sight.view.find(touched.identifier);
          member != nullptr && (wanted & only(EventTopic::event)) != 0) {
        into.push_back(event_of(EventTopic::event, removal_event_value(*member, id, sight.now, sight.wall)));
      }
      break;
  }
  if ((wanted & only(EventTopic::process)) != 0) {
    into.push_back(event_of(EventTopic::process, rules::find_process(sight.view.cluster, id) != nullptr
                                                     ? process_value(sight.view, id, sight.now)
                                                     : deleted_process_value(id, sight.now)));
  }
}

/// A copy that is new here (added, or of a node that came) is a status; one that was known and differs, an event too.
void EventFeed::copy_told(const EventSight& sight, const rules::TouchedCopy& touched, EventTopics wanted,
                          std::vector<ExternalEvent>& into) {
  const cluster::MemberView* const member = sight.view.find(touched.identifier);
  const rules::ProcessView* const process =
      rules::find_process(sight.view.cluster, {touched.application, touched.process});
  if (member == nullptr || process == nullptr) {
    return;
  }
  const auto row = member->table.rows().find(full_namespec({touched.application, touched.process}));
  const auto copy = process->copies.find(touched.identifier);
  if (row == member->table.rows().end() || copy == process->copies.end()) {
    return;  // touched again, and removed, in the same step
  }
  const cluster::ProcessFact& fact = row->second;
  const Known news = known_of(fact);
  const auto [known, is_new] = copies_.try_emplace({touched.identifier, row->first}, news);
  if (is_new || known->second == news) {
    return;
  }
  const bool disability_alone =
      Known{news.state, news.pid, news.since_mono_ms, news.expected_exit, known->second.disabled} == known->second;
  known->second = news;
  if ((wanted & only(EventTopic::event)) != 0) {
    into.push_back(event_of(
        EventTopic::event, disability_alone ? local_process_value(*member, fact, sight.now, sight.wall)
                                            : process_event_value(*member, fact, copy->second, sight.now, sight.wall)));
  }
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
    into.push_back(
        event_of(EventTopic::application, application_value(sight.view, sight.matcher, application_, sight.now)));
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
      into.push_back(event_of(EventTopic::process, process_value(sight.view, process_, sight.now)));
    }
  }
  return false;
}

}  // namespace holdfast::api
