#include <limits>
#include <type_traits>
#include <utility>

#include "base/limits.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster/codec/message_tags.hpp"
#include "cluster/codec/operation_codec.hpp"
#include "cluster/codec/row_codec.hpp"
#include "cluster/codec/sample_codec.hpp"
#include "cluster/codec/tlv.hpp"
#include "cluster/codec/tlv_values.hpp"

namespace holdfast::cluster {
namespace {

std::vector<Liveness> read_liveness(TlvReader& in) {
  const std::string_view value = in.value();
  std::vector<Liveness> liveness;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(value[i])); };
  const std::size_t count = value.size() < 2 ? 0 : byte(0) | (byte(1) << 8);
  if (value.size() < 2 || count > limits::cluster_roster_max || value.size() != 2 + (count + 3) / 4) {
    in.set_malformed();
    return liveness;
  }
  liveness.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    liveness.push_back(static_cast<Liveness>((byte(2 + i / 4) >> (2 * (i % 4))) & 3U));
  }
  return liveness;
}

void read_item(TlvReader& in, Heartbeat& m) {
  switch (in.tag()) {
    case beat::health:
      m.health = static_cast<std::uint8_t>(in.number_up_to(0xFF));
      return;
    case beat::delta_seq:
      m.delta_seq = in.number();
      return;
    case beat::digest:
      m.digest = in.number();
      return;
    case beat::master:
      m.master = in.number();
      return;
    case beat::flags: {
      const std::uint64_t flags = in.number();
      m.acting_master = (flags & beat::acting) != 0;
      m.synchronised = (flags & beat::synchronised) != 0;
      m.leaving = (flags & beat::leaving) != 0;
      m.starting_jobs = (flags & beat::starting) != 0;
      m.stopping_jobs = (flags & beat::stopping) != 0;
      m.degraded = (flags & beat::degraded) != 0;
      m.joined = (flags & beat::joined) != 0;
      m.discovery = (flags & beat::discovery) != 0;
      return;
    }
    case beat::state:
      m.state = read_enum<ClusterState>(in);
      return;
    case beat::began_mono_ms:
      m.began_mono_ms = in.number();
      return;
    case beat::liveness:
      m.liveness = read_liveness(in);
      return;
    default:
      return;
  }
}

void read_item(TlvReader& in, Delta& m) {
  switch (in.tag()) {
    case table::seq:
      m.seq = in.number();
      return;
    case table::fact:
      m.facts.push_back(read_fact(in));
      break;
    case table::removed:
      m.removed.push_back(read_text(in));
      break;
    case table::forced:
      m.forced.push_back(read_forced(in));
      break;
    case table::unforced:
      m.unforced.push_back(read_text(in));
      break;
    case table::fences:
      m.fences = read_fences(in);
      return;
    default:
      return;
  }
  if (m.rows() > limits::cluster_delta_rows) {
    in.set_malformed();
  }
}

void read_item(TlvReader&, Leave&) {}

void read_item(TlvReader& in, SnapshotRequest& m) {
  if (in.tag() == table::request) {
    m.request = in.number();
  }
}

void read_item(TlvReader& in, Snapshot& m) {
  switch (in.tag()) {
    case table::request:
      m.request = in.number();
      return;
    case table::seq:
      m.seq = in.number();
      return;
    case table::chunk:
      m.chunk = static_cast<std::uint32_t>(in.number_up_to(limits::cluster_chunks_max - 1));
      return;
    case table::chunks:
      m.chunks = static_cast<std::uint32_t>(in.number_up_to(limits::cluster_chunks_max));
      return;
    case table::fact:
      m.facts.push_back(read_fact(in));
      break;
    case table::forced:
      m.forced.push_back(read_forced(in));
      break;
    case table::fences:
      m.fences = read_fences(in);
      return;
    default:
      return;
  }
  if (m.facts.size() > limits::cluster_rows_max || m.forced.size() > limits::cluster_rows_max) {
    in.set_malformed();
  }
}

void read_item(TlvReader& in, DeltaRequest& m) {
  if (in.tag() == table::since) {
    m.since = in.number();
  }
}

void read_item(TlvReader& in, PeerOpinion& m) {
  switch (in.tag()) {
    case opinion::about:
      m.about = in.number();
      return;
    case opinion::liveness:
      m.liveness = read_enum(in, Liveness::fresh, Liveness::dead);
      return;
    case opinion::ask:
      m.ask = in.number_up_to(1) == 1;
      return;
    default:
      return;
  }
}

void read_loss_item(TlvReader& in, ReportedLoss& m) {
  switch (in.tag()) {
    case loss::node:
      m.node = in.number();
      return;
    case loss::incarnation:
      m.incarnation = in.number();
      return;
    case loss::seq:
      m.seq = in.number();
      return;
    case loss::planned:
      m.planned = in.number_up_to(1) == 1;
      return;
    case loss::age_ms:
      m.age_ms = static_cast<std::uint32_t>(in.number_up_to(std::numeric_limits<std::uint32_t>::max()));
      return;
    case loss::process:
      m.processes.push_back(read_text(in));
      if (m.processes.back().empty()) {
        in.set_malformed();
      }
      return;
    default:
      return;
  }
}

ReportedLoss read_loss(TlvReader& outer) {
  ReportedLoss loss;
  TlvReader in(outer.value());
  while (in.next()) {
    read_loss_item(in, loss);
  }
  if (in.malformed() || loss.node == 0 || loss.incarnation == 0) {
    outer.set_malformed();
  }
  return loss;
}

void read_item(TlvReader& in, LossReport& m) {
  switch (in.tag()) {
    case report::operation:
      m.operation = read_text(in);
      return;
    case report::epoch:
      m.term.epoch = in.number();
      return;
    case report::master:
      m.term.master = in.number();
      return;
    case report::origin:
      m.origin = in.number();
      return;
    case report::loss:
      m.losses.push_back(read_loss(in));
      if (m.losses.size() > limits::cluster_losses_max) {
        in.set_malformed();
      }
      return;
    default:
      return;
  }
}

KnownMember read_known_member(TlvReader& outer) {
  KnownMember member;
  TlvReader in(outer.value());
  while (in.next()) {
    switch (in.tag()) {
      case known_member::identifier:
        member.identifier = read_text(in);
        break;
      case known_member::nick:
        member.nick = read_text(in);
        break;
      case known_member::contact:
        member.contact = read_text(in);
        break;
      default:
        break;
    }
  }
  if (in.malformed() || member.identifier.empty() || member.nick.empty()) {
    outer.set_malformed();
  }
  return member;
}

void read_item(TlvReader& in, Roster& m) {
  if (in.tag() == roster::member) {
    m.members.push_back(read_known_member(in));
    if (m.members.size() > limits::cluster_roster_max) {
      in.set_malformed();
    }
  }
}

void read_item(TlvReader& in, StatisticsRequest& m) {
  switch (in.tag()) {
    case look::kinds: {
      const std::uint64_t kinds = in.number();  // a later version may know more of them
      m.kinds = {(kinds & look::host) != 0, (kinds & look::processes) != 0};
      return;
    }
    case look::lease_ms:
      m.lease_ms = static_cast<std::uint32_t>(in.number_up_to(std::numeric_limits<std::uint32_t>::max()));
      return;
    default:
      return;
  }
}

/// Into its place: a message is large, and most of what arrives is small.
template <typename M>
Status read_message(std::string_view payload, Message& into) {
  M& message = into.emplace<M>();
  TlvReader in(payload);
  while (in.next()) {
    read_item(in, message);
  }
  if (in.malformed()) {
    return Error{"payload dropped: malformed item with tag " + std::to_string(in.tag())};
  }
  if constexpr (std::is_same_v<M, Snapshot>) {
    if (message.chunks == 0 || message.chunk >= message.chunks) {
      return Error{"snapshot dropped: chunk outside its count"};
    }
  }
  if constexpr (std::is_same_v<M, Command> || std::is_same_v<M, OperatorForward> || std::is_same_v<M, LossReport>) {
    if (message.operation.empty()) {
      return Error{"order dropped: it has no operation id"};
    }
  }
  return {};
}

Status decode_into(Message& into, FrameType type, std::string_view payload) {
  switch (type) {
    case FrameType::heartbeat:
      return read_message<Heartbeat>(payload, into);
    case FrameType::delta:
      return read_message<Delta>(payload, into);
    case FrameType::leave:
      return read_message<Leave>(payload, into);
    case FrameType::snapshot_request:
      return read_message<SnapshotRequest>(payload, into);
    case FrameType::snapshot:
      return read_message<Snapshot>(payload, into);
    case FrameType::delta_request:
      return read_message<DeltaRequest>(payload, into);
    case FrameType::command:
      return read_message<Command>(payload, into);
    case FrameType::command_answer:
      return read_message<CommandAnswer>(payload, into);
    case FrameType::operator_forward:
      return read_message<OperatorForward>(payload, into);
    case FrameType::operator_answer:
      return read_message<OperatorAnswer>(payload, into);
    case FrameType::peer_opinion:
      return read_message<PeerOpinion>(payload, into);
    case FrameType::loss_report:
      return read_message<LossReport>(payload, into);
    case FrameType::roster:
      return read_message<Roster>(payload, into);
    case FrameType::statistics_request:
      return read_message<StatisticsRequest>(payload, into);
    case FrameType::host_sample:
      return read_message<HostSample>(payload, into);
    case FrameType::process_samples:
      return read_message<ProcessSamples>(payload, into);
  }
  return Error{"payload dropped: unknown type"};
}

}  // namespace

Result<Message> decode_payload(FrameType type, std::string_view payload) {
  Result<Message> message{Message()};
  if (const Status read = decode_into(message.value(), type, payload); !read) {
    return read.error();
  }
  return message;
}

Result<DecodedMessage> decode_message(std::string_view bytes) {
  Result<Frame> frame = decode_frame(bytes);
  if (!frame) {
    return frame.error();
  }
  Result<DecodedMessage> decoded{DecodedMessage{frame.value().header, {}}};
  if (const Status read = decode_into(decoded.value().message, frame.value().header.type, frame.value().payload);
      !read) {
    return read.error();
  }
  return decoded;
}

}  // namespace holdfast::cluster
