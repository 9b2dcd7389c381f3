#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster/codec/message_tags.hpp"
#include "cluster/codec/operation_codec.hpp"
#include "cluster/codec/row_codec.hpp"
#include "cluster/codec/sample_codec.hpp"
#include "cluster/codec/tlv.hpp"

namespace holdfast::cluster {
namespace {

std::uint64_t when(bool is_set, std::uint64_t flag) {
  return is_set ? flag : 0;
}

void write(TlvWriter& out, const Heartbeat& m) {
  out.text(beat::loop_age, std::string_view("\0\0", 2));  // first and fixed: restamp_heartbeat patches it
  out.number_unless_zero(beat::health, m.health);
  out.number_unless_zero(beat::delta_seq, m.delta_seq);
  out.number_unless_zero(beat::digest, m.digest);
  out.number_unless_zero(beat::master, m.master);
  out.number_unless_zero(beat::flags, when(m.acting_master, beat::acting) | when(m.synchronised, beat::synchronised) |
                                          when(m.leaving, beat::leaving) | when(m.starting_jobs, beat::starting) |
                                          when(m.stopping_jobs, beat::stopping) | when(m.degraded, beat::degraded) |
                                          when(m.joined, beat::joined) | when(m.discovery, beat::discovery));
  out.number_unless_zero(beat::state, static_cast<std::uint64_t>(m.state));
  std::string liveness(2 + (m.liveness.size() + 3) / 4, '\0');
  liveness[0] = static_cast<char>(m.liveness.size() & 0xFFU);
  liveness[1] = static_cast<char>(m.liveness.size() >> 8);
  for (std::size_t i = 0; i < m.liveness.size(); ++i) {
    const auto shifted = static_cast<unsigned>(m.liveness[i]) << (2 * (i % 4));
    liveness[2 + i / 4] = static_cast<char>(static_cast<unsigned char>(liveness[2 + i / 4]) | shifted);
  }
  out.text(beat::liveness, liveness);
  out.number_unless_zero(beat::began_mono_ms, m.began_mono_ms);
}

void write(TlvWriter& out, const Delta& m) {
  out.number(table::seq, m.seq);
  for (const ProcessFact& fact : m.facts) {
    out.nested(table::fact, write_fact(fact));
  }
  for (const std::string& namespec : m.removed) {
    out.text(table::removed, namespec);
  }
  for (const ForcedFact& forced : m.forced) {
    out.nested(table::forced, write_forced(forced));
  }
  for (const std::string& namespec : m.unforced) {
    out.text(table::unforced, namespec);
  }
  if (m.fences) {
    out.nested(table::fences, write_fences(*m.fences));
  }
}

void write(TlvWriter&, const Leave&) {}

void write(TlvWriter& out, const SnapshotRequest& m) {
  out.number(table::request, m.request);
}

void write(TlvWriter& out, const Snapshot& m) {
  out.number(table::request, m.request);
  out.number(table::seq, m.seq);
  out.number_unless_zero(table::chunk, m.chunk);
  out.number(table::chunks, m.chunks);
  for (const ProcessFact& fact : m.facts) {
    out.nested(table::fact, write_fact(fact));
  }
  for (const ForcedFact& forced : m.forced) {
    out.nested(table::forced, write_forced(forced));
  }
  if (m.fences) {
    out.nested(table::fences, write_fences(*m.fences));
  }
}

void write(TlvWriter& out, const DeltaRequest& m) {
  out.number(table::since, m.since);
}

void write(TlvWriter& out, const PeerOpinion& m) {
  out.number(opinion::about, m.about);
  out.number_unless_zero(opinion::liveness, static_cast<std::uint64_t>(m.liveness));
  out.number_unless_zero(opinion::ask, m.ask ? 1 : 0);
}

TlvWriter write_loss(const ReportedLoss& m) {
  TlvWriter out;
  out.number(loss::node, m.node);
  out.number(loss::incarnation, m.incarnation);
  out.number_unless_zero(loss::seq, m.seq);
  out.number_unless_zero(loss::planned, m.planned ? 1 : 0);
  out.number_unless_zero(loss::age_ms, m.age_ms);
  for (const std::string& namespec : m.processes) {
    out.text_unless_empty(loss::process, namespec);
  }
  return out;
}

void write(TlvWriter& out, const LossReport& m) {
  out.text_unless_empty(report::operation, m.operation);
  out.number_unless_zero(report::epoch, m.term.epoch);
  out.number_unless_zero(report::master, m.term.master);
  out.number_unless_zero(report::origin, m.origin);
  for (const ReportedLoss& one : m.losses) {
    out.nested(report::loss, write_loss(one));
  }
}

void write(TlvWriter& out, const Roster& m) {
  for (const KnownMember& one : m.members) {
    TlvWriter inner;
    inner.text(known_member::identifier, one.identifier);
    inner.text(known_member::nick, one.nick);
    inner.text_unless_empty(known_member::contact, one.contact);
    out.nested(roster::member, inner);
  }
}

void write(TlvWriter& out, const StatisticsRequest& m) {
  out.number_unless_zero(look::kinds, when(m.kinds.host, look::host) | when(m.kinds.processes, look::processes));
  out.number_unless_zero(look::lease_ms, m.lease_ms);
}

constexpr std::size_t kUsualPayload = 160;  // of a heartbeat among dozens of nodes

}  // namespace

FrameType type_of(const Message& message) {
  return static_cast<FrameType>(message.index() + 1);  // the order of the variant is the order of the codes
}

std::string encode_payload(const Message& message) {
  TlvWriter out;
  out.reserve(kUsualPayload);
  std::visit([&](const auto& m) { write(out, m); }, message);
  CHECK(out.ok());
  return out.take();
}

std::string encode_message(FrameHeader header, const Message& message) {
  header.type = type_of(message);
  return encode_frame(header, encode_payload(message));
}

}  // namespace holdfast::cluster
