// operation_codec.hpp: orders, requests and their answers as payloads. Used by message_encode.cpp and
// message_decode.cpp. Bounded by limits::cluster_text_bytes; hostile bytes make the reader malformed.
#pragma once

#include "cluster/codec/message.hpp"
#include "cluster/codec/tlv.hpp"

namespace holdfast::cluster {

void write(TlvWriter& out, const Command& command);
void write(TlvWriter& out, const OperatorForward& request);
void write(TlvWriter& out, const CommandAnswer& answer);
void write(TlvWriter& out, const OperatorAnswer& answer);

/// The item that `in` is at.
void read_item(TlvReader& in, Command& command);
void read_item(TlvReader& in, OperatorForward& request);
void read_item(TlvReader& in, CommandAnswer& answer);
void read_item(TlvReader& in, OperatorAnswer& answer);

}  // namespace holdfast::cluster
