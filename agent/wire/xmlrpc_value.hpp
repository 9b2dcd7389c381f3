// xmlrpc_value.hpp: one XML-RPC value: int, bool, string, double, dateTime, base64, array, struct (in order
// of insertion). A plain value without I/O; made by the method table and by the decoder, read by the encoder,
// the JSON twin and the command line. A struct's members are few, so look-up is linear.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast::wire {

class Value;
struct Member;

/// `YYYYMMDDTHH:MM:SS`, without a zone as XML-RPC has it.
struct DateTime {
  std::string text;
  friend bool operator==(const DateTime&, const DateTime&) = default;
};

/// Bytes that travel as base64.
struct Base64 {
  std::string bytes;
  friend bool operator==(const Base64&, const Base64&) = default;
};

using Array = std::vector<Value>;
using Struct = std::vector<Member>;

class Value {
 public:
  Value();
  // The conversions are implicit on purpose: method bodies read as `{{"pid", 12}, {"name", name}}`.
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Value(T number)
      : data_(std::in_place_type<std::int64_t>, number) {}  // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>
  Value(T truth) : data_(truth) {}  // NOLINT(google-explicit-constructor)
  Value(double number);             // NOLINT(google-explicit-constructor)
  Value(std::string text);          // NOLINT(google-explicit-constructor)
  Value(std::string_view text);     // NOLINT(google-explicit-constructor)
  Value(const char* text);          // NOLINT(google-explicit-constructor)
  Value(DateTime time);             // NOLINT(google-explicit-constructor)
  Value(Base64 bytes);              // NOLINT(google-explicit-constructor)
  Value(Array items);               // NOLINT(google-explicit-constructor)
  Value(Struct members);            // NOLINT(google-explicit-constructor)

  /// nullptr when the value is of another type.
  [[nodiscard]] const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const double* as_double() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const DateTime* as_date_time() const { return std::get_if<DateTime>(&data_); }
  [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Struct* as_struct() const { return std::get_if<Struct>(&data_); }
  [[nodiscard]] Array* as_array() { return std::get_if<Array>(&data_); }
  [[nodiscard]] Struct* as_struct() { return std::get_if<Struct>(&data_); }

  /// The member called `name` of a struct; nullptr if there is none or this is no struct.
  [[nodiscard]] const Value* find(std::string_view name) const;

  /// For exhaustive std::visit.
  using Data = std::variant<std::int64_t, bool, std::string, double, DateTime, Base64, Array, Struct>;
  [[nodiscard]] const Data& data() const { return data_; }

  friend bool operator==(const Value& a, const Value& b);

 private:
  Data data_;
};

struct Member {
  std::string name;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

// Down here because they may destroy a Member: it must be complete.
inline Value::Value() : data_(std::string()) {}
inline Value::Value(double number) : data_(number) {}
inline Value::Value(std::string text) : data_(std::move(text)) {}
inline Value::Value(std::string_view text) : data_(std::string(text)) {}
inline Value::Value(const char* text) : data_(std::string(text)) {}
inline Value::Value(DateTime time) : data_(std::move(time)) {}
inline Value::Value(Base64 bytes) : data_(std::move(bytes)) {}
inline Value::Value(Array items) : data_(std::move(items)) {}
inline Value::Value(Struct members) : data_(std::move(members)) {}

inline bool operator==(const Value& a, const Value& b) {
  return a.data_ == b.data_;
}

inline const Value* Value::find(std::string_view name) const {
  if (const Struct* members = as_struct()) {
    for (const Member& member : *members) {
      if (member.name == name) {
        return &member.value;
      }
    }
  }
  return nullptr;
}

}  // namespace holdfast::wire
