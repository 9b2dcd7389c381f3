// sample_codec.hpp: points of statistics as payloads: fractions in thousandths, which is what people are told. Used by
// message_encode.cpp and message_decode.cpp. Bounded by limits::statistics_items_max and statistics_frame_points;
// hostile bytes make the reader malformed.
#pragma once

#include "cluster/codec/message.hpp"
#include "cluster/codec/tlv.hpp"

namespace holdfast::cluster {

void write(TlvWriter& out, const HostSample& sample);
void write(TlvWriter& out, const ProcessSamples& samples);

/// The item that `in` is at.
void read_item(TlvReader& in, HostSample& sample);
void read_item(TlvReader& in, ProcessSamples& samples);

}  // namespace holdfast::cluster
