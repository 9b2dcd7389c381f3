#include "config/supvisors_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr std::size_t kStereotypesMax = 16;
constexpr std::size_t kStereotypeBytesMax = 64;
constexpr std::int64_t kPageBytesMax = 1024 * 1024;

Error no_such(std::string_view text, const std::string& what) {
  return Error{repr(text) + " is " + what};
}

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  const auto number = python_int(text, 10);
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

template <int Least, int Most>
Status check_integer(std::string_view text) {
  return whole_number(text, Least, Most)
             ? Status()
             : no_such(text, "no whole number from " + std::to_string(Least) + " to " + std::to_string(Most));
}

Status check_text(std::string_view) {
  return {};
}

Status check_boolean(std::string_view text) {
  const auto value = parse_boolean(text);
  return value ? Status() : Status(value.error());
}

Status check_bytes(std::string_view text) {
  const auto value = parse_byte_size(text);
  return value ? Status() : Status(value.error());
}

Status check_level(std::string_view text) {
  const auto value = parse_log_level(text);
  return value ? Status() : Status(value.error());
}

Status check_failure_strategy(std::string_view text) {
  const std::string word = text::upper(strip(text));
  return word == "CONTINUE" || word == "RESYNC" || word == "SHUTDOWN"
             ? Status()
             : no_such(text, "none of CONTINUE, RESYNC, SHUTDOWN");
}

std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1 ? std::optional(ntohl(address.s_addr))
                                                                        : std::nullopt;
}

/// The bases of blocks that mean something of their own are no groups to join (contract CFG-04).
Status check_multicast_group(std::string_view text) {
  constexpr std::uint32_t kFirst = 0xE0000000;  // 224.0.0.0
  constexpr std::uint32_t kLast = 0xEFFFFFFF;
  constexpr std::array<std::uint32_t, 4> kBases{kFirst, 0xE8000000, 0xE9000000, 0xEF000000};
  const std::string_view stripped = strip(text);
  const auto colon = stripped.rfind(':');
  const auto address = colon == std::string_view::npos ? std::nullopt : ipv4_of(stripped.substr(0, colon));
  const bool is_group = address && *address >= kFirst && *address <= kLast &&
                        std::find(kBases.begin(), kBases.end(), *address) == kBases.end();
  return is_group && whole_number(stripped.substr(colon + 1), 1, 0xFFFF)
             ? Status()
             : no_such(text, "no multicast group (224.0.0.1 to 239.255.255.255) with a port (a.b.c.d:port)");
}

Status check_interface(std::string_view text) {
  const std::string word = text::upper(strip(text));
  return word == "ANY" || word == "INADDR_ANY" || ipv4_of(strip(text))
             ? Status()
             : no_such(text, "neither the IPv4 address of an interface nor ANY");
}

constexpr std::array<CheckedOption, 13> kOptions{{
    {"software_name", check_text, "none", ""},
    {"software_icon", check_text, "none", ""},
    {"multicast_group", check_multicast_group, "none", ""},
    {"multicast_interface", check_interface, "ANY", ""},
    {"multicast_ttl", check_integer<0, 255>, "1", ""},
    {"css_files", check_text, "none", ""},
    {"auto_fence", check_boolean, "false", "FALSE"},
    {"supvisors_failure_strategy", check_failure_strategy, "CONTINUE", "CONTINUE"},
    {"disabilities_file", check_text, "none", ""},
    {"logfile", check_text, "AUTO", "AUTO"},
    // Supvisors does not start with a wrong value of these.
    {"logfile_maxbytes", check_bytes, "", ""},
    {"logfile_backups", check_integer<0, 1'000'000>, "", ""},
    {"loglevel", check_level, "", ""},
}};

}  // namespace

Result<int> parse_inactivity_ticks(std::string_view text) {
  const auto ticks = whole_number(text, 2, 720);
  return ticks ? Result<int>(static_cast<int>(*ticks)) : no_such(text, "no number of ticks from 2 to 720");
}

Result<std::vector<std::string>> parse_stereotypes(std::string_view text) {
  std::vector<std::string> tags;
  for (std::string& part : text::split_list(text, ',')) {
    if (part.size() > kStereotypeBytesMax) {
      return no_such(part, "no stereotype: at most 64 bytes");
    }
    if (std::find(tags.begin(), tags.end(), part) == tags.end()) {
      tags.push_back(std::move(part));
    }
  }
  return tags.size() <= kStereotypesMax ? Result<std::vector<std::string>>(std::move(tags))
                                        : no_such(text, "too many stereotypes: at most 16");
}

Result<std::int64_t> parse_page_bytes(std::string_view text) {
  const auto bytes = parse_byte_size(text);
  return bytes && bytes.value() >= 1 && bytes.value() <= kPageBytesMax
             ? bytes
             : Result<std::int64_t>(no_such(text, "no size from 1 byte to 1MB"));
}

const CheckedOption* find_checked_option(std::string_view name) {
  const auto* const found = std::ranges::find(kOptions, name, &CheckedOption::name);
  return found == kOptions.end() ? nullptr : found;
}

}  // namespace holdfast::config
