// event_feed.hpp: what Supvisors' external event interface says (contract supvisors.md 7.5): which messages follow from
// the last step of the node, in Supvisors' order, which come with every tick, and what a new subscriber is told first
// where that is asked for. Bodies are the answers of supvisors.get_*. Pure: it sends nothing, knows no subscriber and
// reads no clock. Used by the telemetry driver (external_events) on the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/enumeration.hpp"
#include "base/instant.hpp"
#include "cluster/view.hpp"
#include "rules/events.hpp"
#include "rules/rule_matcher.hpp"
#include "supervision/process_info.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::api {

/// The kinds of messages; a set of them is an EventTopics. The last two are not of the feed: statistics_values makes
/// their bodies.
enum class EventTopic : std::uint8_t { supvisors, instance, application, process, event, hstats, pstats };

/// The header of a message.
constexpr std::string_view name_of(EventTopic topic) {
  switch (topic) {
    case EventTopic::supvisors:
      return "supvisors";
    case EventTopic::instance:
      return "instance";
    case EventTopic::application:
      return "application";
    case EventTopic::process:
      return "process";
    case EventTopic::event:
      return "event";
    case EventTopic::hstats:
      return "hstats";
    case EventTopic::pstats:
      return "pstats";
  }
  return {};
}

using EventTopics = std::uint8_t;  // bit n: the topic of that number
inline constexpr EventTopics kAllEventTopics = (1U << count_of<EventTopic>()) - 1;
constexpr EventTopics only(EventTopic topic) {
  return static_cast<EventTopics>(1U << static_cast<unsigned>(topic));
}
/// What a ZeroMQ subscription asks for: the headers that begin with it; "" is all.
EventTopics topics_of_prefix(std::string_view subscription);
/// What the path of a WebSocket asks for: `/all`, or headers as in `/supvisors/process`. nullopt: a word is no header.
std::optional<EventTopics> topics_of_path(std::string_view path);

struct ExternalEvent {
  EventTopic topic = EventTopic::supvisors;
  std::string body;  // JSON
};
ExternalEvent event_of(EventTopic topic, const wire::Value& body);
/// Header and body as one text of a WebSocket: `["header", body]`.
std::string text_of(const ExternalEvent& event);

/// What is looked at; valid during the call only.
struct EventSight {
  const cluster::View& view;
  const rules::Matcher& matcher;
  Instant now;
  WallTime wall;
  supervision::UtcOffset utc_offset = [](std::int64_t) { return std::int64_t{0}; };
};

class EventFeed {
 public:
  /// Somebody has begun to listen: what is so now needs no message. Until end(), changes() is called after each step.
  void begin(const EventSight& sight);
  void end();

  /// The messages that follow from the node's last step, of the wanted topics: nodes first, then what has happened to
  /// processes, each event with its statuses, then the state of the cluster, which rests on all of that.
  std::vector<ExternalEvent> changes(const EventSight& sight, EventTopics wanted);
  /// Those of a tick: `instance` for every node that is heard.
  static std::vector<ExternalEvent> tick(const EventSight& sight, EventTopics wanted);

 private:
  using CopyKey = std::pair<std::string, std::string>;  // identifier, namespec
  /// What a peer says of itself: it is told again by this node when it says something else.
  struct PeerModes {
    cluster::ClusterState state = cluster::ClusterState::off;
    bool degraded = false;
    bool discovery = false;
    bool starting_jobs = false;
    bool stopping_jobs = false;
    friend bool operator==(const PeerModes&, const PeerModes&) = default;
  };
  static PeerModes modes_of(const cluster::MemberView& member);

  /// The messages of one step, as they are made.
  struct Step {
    const EventSight& sight;
    EventTopics wanted = 0;
    std::vector<ExternalEvent> messages;
    std::set<cluster::NodeId> changed_members;
    // Applications of which something ended without an event: each is told once, when the changes of that kind are
    // over.
    std::set<std::string> applications;

    [[nodiscard]] bool wants(EventTopic topic) const { return (wanted & only(topic)) != 0; }
  };

  void members_changed(Step& step);
  void processes_changed(Step& step);
  void modes_changed(Step& step);
  void copy_told(Step& step, const rules::TouchedCopy& touched);
  void copy_lost(Step& step, const rules::TouchedCopy& touched);
  void copy_removed(Step& step, const rules::TouchedCopy& touched);
  static void state_forced(Step& step, const ProcessId& id);
  static void tell_status(Step& step, const rules::ClusterView& cluster, const ProcessId& id);
  static void tell_applications(Step& step);

  std::map<CopyKey, cluster::ProcessFact> copies_;  // as they were told last
  std::map<cluster::NodeId, MemberState> members_;
  std::map<cluster::NodeId, PeerModes> peers_;
  std::string own_modes_;  // SM without its time
};

/// All that holds, piece by piece, each as it is when its turn comes: for a new subscriber, or one that missed
/// something, where the configuration asks for it. `event`, `hstats` and `pstats` are no states: they have no part in
/// it.
class EventSnapshot {
 public:
  explicit EventSnapshot(EventTopics topics) : topics_(topics) {}

  /// Appends up to `max` messages. False: that was all.
  bool next(const EventSight& sight, std::size_t max, std::vector<ExternalEvent>& into);

 private:
  [[nodiscard]] bool wants(EventTopic topic) const { return (topics_ & only(topic)) != 0; }
  bool next_instances(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into);
  bool next_applications(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into);
  bool next_processes(const EventSight& sight, std::size_t end, std::vector<ExternalEvent>& into);

  EventTopics topics_;
  bool modes_told_ = false;
  std::size_t member_ = 0;   // the next
  std::string application_;  // the last that was told; no application has an empty name
  bool applications_told_ = false;
  ProcessId process_;  // the last that was told
};

}  // namespace holdfast::api
