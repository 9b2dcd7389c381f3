#include "config/fingerprint.hpp"

#include <concepts>
#include <string_view>
#include <tuple>

#include "config/process_fields.hpp"

namespace holdfast::config {

namespace {

/// FNV-1a over text; each part is closed by its length, so that parts cannot run into each other.
class Hash {
 public:
  void add(std::string_view value) {
    for (const char c : value) {
      byte(static_cast<unsigned char>(c));
    }
    number(static_cast<std::int64_t>(value.size()));
  }
  void add(const std::string& value) { add(std::string_view(value)); }
  template <std::integral Number>
  void add(Number value) {
    number(static_cast<std::int64_t>(value));
  }
  void add(AutoRestart value) { number(static_cast<int>(value)); }
  void add(const std::optional<std::string>& value) { add(value.value_or(std::string(1, '\0'))); }
  void add(const std::optional<std::uint32_t>& value) { number(value ? std::int64_t{*value} : -1); }
  /// The name and the groups of an account may change while it stays the same.
  void add(const std::optional<Account>& value) { number(value ? std::int64_t{value->uid} : -1); }
  void add(const std::set<int>& values) {
    for (const int value : values) {
      number(value);
    }
  }
  void add(const Environment& environment) {
    for (const auto& [key, value] : environment) {
      add(key);
      add(value);
    }
  }
  void add(const ChannelSettings& channel) {
    const auto& [log, log_max_bytes, log_backups, capture_max_bytes, events_enabled, syslog] = channel;
    const auto& [kind, path] = log;
    number(static_cast<int>(kind));
    add(path);
    number(log_max_bytes);
    number(log_backups);
    number(capture_max_bytes);
    add(events_enabled);
    add(syslog);
  }
  [[nodiscard]] std::uint64_t value() const { return hash_ == 0 ? 1 : hash_; }

 private:
  void number(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) {
      byte(static_cast<unsigned char>((bits >> shift) & 0xFFU));
    }
  }
  void byte(unsigned char value) { hash_ = (hash_ ^ value) * 0x100000001B3ULL; }
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

template <FieldUse Use, typename Type>
void add_field(Hash& hash, const ProcessField<Use, Type>& field) {
  if constexpr (Use == FieldUse::child) {
    hash.add(field.value);
  }
}

}  // namespace

std::uint64_t fingerprint_of(const ProcessSettings& settings) {
  Hash hash;
  std::apply([&](const auto&... field) { (add_field(hash, field), ...); }, fields_of(settings));
  return hash.value();
}

}  // namespace holdfast::config
