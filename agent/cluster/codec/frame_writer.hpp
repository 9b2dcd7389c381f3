// frame_writer.hpp: numbers and encodes what one incarnation of this node says: each kind of sending counts on its own.
// Knows no peer and sends nothing. Used by StepContext, HeartbeatAnnouncer and StatisticsExchange.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"
#include "cluster/codec/message_codec.hpp"

namespace holdfast::cluster {

/// Who speaks, and under which term.
struct Speaker {
  NodeId node_id = 0;
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0;
  std::uint32_t roster_hash = 0;
};

class FrameWriter {
 public:
  explicit FrameWriter(std::uint64_t cluster_id) : cluster_id_(cluster_id) {}

  [[nodiscard]] std::uint64_t cluster_id() const { return cluster_id_; }
  std::string published(const Speaker& speaker, Instant now, const Message& message) {
    return encode(speaker, now, ++ctl_seq_, message);
  }
  std::string bulk(const Speaker& speaker, Instant now, const Message& message) {
    return encode(speaker, now, ++bulk_seq_, message);
  }
  std::string direct(const Speaker& speaker, Instant now, const Message& message) {
    return encode(speaker, now, ++direct_seq_, message);
  }
  std::string heartbeat(const Speaker& speaker, Instant now, const Heartbeat& beat) {
    return encode(speaker, now, ++beat_seq_, beat);
  }

 private:
  [[nodiscard]] std::string encode(const Speaker& speaker, Instant now, std::uint64_t seq,
                                   const Message& message) const;

  std::uint64_t cluster_id_;
  std::uint64_t ctl_seq_ = 0;
  std::uint64_t bulk_seq_ = 0;
  std::uint64_t direct_seq_ = 0;
  std::uint64_t beat_seq_ = 0;
};

}  // namespace holdfast::cluster
