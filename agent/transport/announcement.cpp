#include "transport/announcement.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "cluster/codec/tlv.hpp"
#include "transport/hello_message.hpp"
#include "transport/private_file.hpp"

namespace holdfast::transport {
namespace {

constexpr std::string_view kMagic = "HFA1";
constexpr std::size_t kCodeBytes = 32;

namespace item {
enum : std::uint16_t { cluster = 1, identifier, nick, port, address };
}

/// Empty in open mode.
std::string code_of(std::string_view bytes, const ClusterKey& key) {
  if (key.open()) {
    return {};
  }
  std::string material(key.bytes().begin(), key.bytes().end());
  std::string derived = hkdf_sha256("holdfast cluster key", material, "announcement 1", 32);
  const auto code = hmac_sha256(derived, bytes);
  wipe(material);
  wipe(derived);
  return {code.begin(), code.end()};
}

/// A text that can be logged, of at most limits::hello_text_max bytes.
std::string clean_text(cluster::TlvReader& in) {
  const std::string_view text = in.value();
  const bool clean = std::ranges::none_of(
      text, [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; });
  if (!clean || text.size() > limits::hello_text_max) {
    in.set_malformed();
    return {};
  }
  return std::string(text);
}

std::optional<Announcement> read(std::string_view payload) {
  Announcement announcement;
  cluster::TlvReader in(payload);
  while (in.next()) {
    switch (in.tag()) {
      case item::cluster:
        announcement.cluster = clean_text(in);
        break;
      case item::identifier:
        announcement.identifier = clean_text(in);
        break;
      case item::nick:
        announcement.nick = clean_text(in);
        break;
      case item::port:
        announcement.port = static_cast<std::uint16_t>(in.number_up_to(0xFFFF));
        break;
      case item::address:
        announcement.address = clean_text(in);
        break;
      default:
        break;
    }
  }
  const bool whole = !in.malformed() && announcement.port != 0 && !announcement.identifier.empty();
  return whole ? std::optional(std::move(announcement)) : std::nullopt;
}

}  // namespace

std::string encode_announcement(const Announcement& announcement, const ClusterKey& key) {
  cluster::TlvWriter out;
  out.text(item::cluster, announcement.cluster);
  out.text(item::identifier, announcement.identifier);
  out.text_unless_empty(item::nick, announcement.nick);
  out.number(item::port, announcement.port);
  out.text_unless_empty(item::address, announcement.address);
  std::string bytes = std::string(kMagic) + out.take();
  bytes += code_of(bytes, key);
  return bytes.size() <= limits::announcement_bytes_max ? bytes : std::string();
}

DecodedAnnouncement decode_announcement(std::string_view bytes, std::string_view cluster, const ClusterKeys& keys) {
  const std::size_t code_bytes = keys.key.open() ? 0 : kCodeBytes;
  if (!bytes.starts_with(kMagic) || bytes.size() > limits::announcement_bytes_max) {
    return {};
  }
  if (bytes.size() < kMagic.size() + code_bytes) {
    return {std::nullopt, AnnouncementFault::wrong_key};
  }
  const std::string_view said = bytes.substr(0, bytes.size() - code_bytes);
  const std::string_view code = bytes.substr(said.size());
  const bool proven =
      equal_macs(code, code_of(said, keys.key)) || (keys.former && equal_macs(code, code_of(said, *keys.former)));
  // Another cluster on the same group has another key as a rule: its name says more than its code.
  auto announcement = read(said.substr(kMagic.size()));
  if (announcement && announcement->cluster != cluster) {
    return {std::nullopt, AnnouncementFault::other_cluster};
  }
  if (!proven) {
    return {std::nullopt, AnnouncementFault::wrong_key};
  }
  return {std::move(announcement), AnnouncementFault::malformed};
}

}  // namespace holdfast::transport
