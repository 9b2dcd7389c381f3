#include "cluster/replication/statistics_exchange.hpp"

#include <algorithm>
#include <iterator>

#include "cluster/membership/membership.hpp"

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

void StatisticsExchange::want(StepContext& step, StatisticsKinds kinds) {
  if (!follow_.wanted().has(kinds)) {
    step.agenda.turn_by(step.now);
  }
  follow_.want(kinds);
}

void StatisticsExchange::publish(StepContext& step, const LocalSamples& samples) {
  const auto publish_sample = [&step](const Message& message, std::size_t points) {
    step.outcome.publish.push_back({Stream::bulk, step.frames.bulk(step.speaker(), step.now, message)});
    step.counters.points_sent += points;
  };
  const StatisticsKinds asked = follow_.asked(step.now);
  for (std::size_t i = 0; asked.host && i < samples.host.size(); ++i) {
    publish_sample(HostSample{samples.host[i]}, 1);
  }
  for (auto from = samples.processes.begin(); asked.processes && from != samples.processes.end();) {
    const auto left = std::distance(from, samples.processes.end());
    const auto to = from + std::min<std::ptrdiff_t>(left, limits::statistics_frame_points);
    publish_sample(ProcessSamples{{from, to}}, static_cast<std::size_t>(to - from));
    from = to;
  }
}

void StatisticsExchange::receive(StepContext& step, const MemberView& from, const StatisticsRequest& request) {
  follow_.asked_by(from.node_id, request.kinds, std::chrono::milliseconds(request.lease_ms), step.now);
  asked_ = follow_.asked(step.now);
}

void StatisticsExchange::receive(StepContext& step, const MemberView& from, const FrameHeader& head,
                                 const HostSample& sample) {
  if (!follow_.wanted().host) {
    ++step.counters.points_unwanted;
    return;
  }
  ++step.counters.points_heard;
  step.outcome.samples.push_back({from.identifier, sent_at(head), {sample.point}, {}});
}

void StatisticsExchange::receive(StepContext& step, const MemberView& from, const FrameHeader& head,
                                 const ProcessSamples& samples) {
  if (!follow_.wanted().processes) {
    step.counters.points_unwanted += samples.points.size();
    return;
  }
  step.counters.points_heard += samples.points.size();
  step.outcome.samples.push_back({from.identifier, sent_at(head), {}, samples.points});
}

void StatisticsExchange::follow(StepContext& step) {
  asked_ = follow_.asked(step.now);
  if (follow_.idle()) {
    return;
  }
  std::vector<StatisticsFollow::Peer> peers;
  for (const MemberView& member : step.view.members) {
    if (!member.local) {
      const bool able = member.state == MemberState::running && member.proto_minor >= kMinorOfStatistics &&
                        !parts_.membership.leaving();
      peers.push_back({member.node_id, member.incarnation, able});
    }
  }
  for (const StatisticsFollow::Step& one : follow_.turn(step.now, peers)) {
    step.outcome.follows.push_back({one.node, one.follow});
    if (one.ask) {
      step.send(one.node, StatisticsRequest{one.kinds, static_cast<std::uint32_t>(limits::statistics_lease / 1ms)});
    }
  }
}

}  // namespace holdfast::cluster
