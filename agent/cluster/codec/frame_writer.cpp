#include "cluster/codec/frame_writer.hpp"

namespace holdfast::cluster {

std::string FrameWriter::encode(const Speaker& speaker, Instant now, std::uint64_t seq, const Message& message) const {
  FrameHeader head;
  head.cluster_id = cluster_id_;
  head.node_id = speaker.node_id;
  head.incarnation = speaker.incarnation;
  head.seq = seq;
  head.mono_ms = static_cast<std::uint64_t>(now.ms());
  head.epoch = speaker.epoch;
  head.roster_hash = speaker.roster_hash;
  return encode_message(head, message);
}

}  // namespace holdfast::cluster
