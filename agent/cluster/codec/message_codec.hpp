// message_codec.hpp: messages to payload bytes and back. Every field has its own tag; unknown tags are
// skipped, missing ones have the default, values out of range refuse the whole message. Bounded by the limits
// of base/limits.hpp. Pure; hostile bytes yield an Error. The frames are documented in the tags in
// message_tags.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/codec/frame.hpp"
#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

FrameType type_of(const Message& message);
std::string encode_payload(const Message& message);
Result<Message> decode_payload(FrameType type, std::string_view payload);

/// Header (its type is set) and payload in one.
std::string encode_message(FrameHeader header, const Message& message);

struct DecodedMessage {
  FrameHeader header;
  Message message;
};
Result<DecodedMessage> decode_message(std::string_view bytes);

}  // namespace holdfast::cluster
