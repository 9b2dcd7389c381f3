// Statistics of other nodes (docs/decisions/0017; contract supvisors.md 7.5, hstats and pstats): asked for while a
// subscriber of this node looks, sent while a peer asks.
#include <algorithm>
#include <iterator>

#include "cluster/node_core.hpp"

namespace holdfast::cluster {
namespace {

/// The minor version of the protocol from which a peer knows the request.
constexpr std::uint8_t kMinorOfStatistics = 3;
constexpr std::uint64_t kClockMsMax = 1ULL << 40U;  // of an Instant; 35 years

/// On the sender's clock.
Instant sent_at(const FrameHeader& head) {
  return Instant::from_ms(static_cast<std::int64_t>(std::min(head.mono_ms, kClockMsMax)));
}

}  // namespace

void NodeCore::handle(const StatisticsWanted& input) {
  if (!statistics_.wanted().has(input.kinds)) {
    next_turn_ = now_;
  }
  statistics_.want(input.kinds);
}

void NodeCore::handle(const LocalSamples& input) {
  const auto publish_sample = [this](const Message& message, std::size_t points) {
    outcome_.publish.push_back({Stream::bulk, encode_message(header(++bulk_seq_), message)});
    view_.counters.points_sent += points;
  };
  const StatisticsKinds asked = statistics_.asked(now_);
  for (std::size_t i = 0; asked.host && i < input.host.size(); ++i) {
    publish_sample(HostSample{input.host[i]}, 1);
  }
  for (auto from = input.processes.begin(); asked.processes && from != input.processes.end();) {
    const auto left = std::distance(from, input.processes.end());
    const auto to = from + std::min<std::ptrdiff_t>(left, limits::statistics_frame_points);
    publish_sample(ProcessSamples{{from, to}}, static_cast<std::size_t>(to - from));
    from = to;
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const StatisticsRequest& request, Instant) {
  statistics_.asked_by(view_.members[i].node_id, request.kinds, std::chrono::milliseconds(request.lease_ms), now_);
  view_.statistics_asked = statistics_.asked(now_);
}

void NodeCore::receive(std::size_t i, const FrameHeader& head, const HostSample& sample, Instant) {
  if (!statistics_.wanted().host) {
    ++view_.counters.points_unwanted;
    return;
  }
  ++view_.counters.points_heard;
  outcome_.samples.push_back({view_.members[i].identifier, sent_at(head), {sample.point}, {}});
}

void NodeCore::receive(std::size_t i, const FrameHeader& head, const ProcessSamples& samples, Instant) {
  if (!statistics_.wanted().processes) {
    view_.counters.points_unwanted += samples.points.size();
    return;
  }
  view_.counters.points_heard += samples.points.size();
  outcome_.samples.push_back({view_.members[i].identifier, sent_at(head), {}, samples.points});
}

/// In each turn.
void NodeCore::follow_statistics() {
  view_.statistics_asked = statistics_.asked(now_);
  if (statistics_.idle()) {
    return;
  }
  std::vector<StatisticsFollow::Peer> peers;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (!member.local) {
      const bool able = member.state == MemberState::running && peers_[i].minor >= kMinorOfStatistics && !leaving_;
      peers.push_back({member.node_id, member.incarnation, able});
    }
  }
  for (const StatisticsFollow::Step& step : statistics_.turn(now_, peers)) {
    outcome_.follows.push_back({step.node, step.follow});
    if (step.ask) {
      send(step.node, StatisticsRequest{step.kinds, static_cast<std::uint32_t>(limits::statistics_lease / 1ms)});
    }
  }
}

}  // namespace holdfast::cluster
