// html.hpp: HTML that is escaped by type. A `Safe` is a piece of finished markup; it can only be made from a
// literal in the source (checked by the compiler), or by text(), attribute() and url(), which escape.
// Whatever comes from a file, a peer or a client is a std::string and cannot reach a page by any other way.
// Pure; no I/O. Used by the pages, and by agent/api for addresses.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::html {

/// A literal of the source: only a constant expression converts to it.
class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&source)[N]) : value_(source, N - 1) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view value() const { return value_; }

 private:
  std::string_view value_;
};

/// Finished markup.
class Safe {
 public:
  Safe() = default;
  Safe(Literal literal) : markup_(literal.value()) {}  // NOLINT(google-explicit-constructor)

  Safe& operator+=(const Safe& more) {
    markup_ += more.markup_;
    return *this;
  }
  Safe& operator+=(Literal more) {
    markup_ += more.value();
    return *this;
  }
  friend Safe operator+(Safe left, const Safe& right) {
    left += right;
    return left;
  }
  friend Safe operator+(Safe left, Literal right) {
    left += right;
    return left;
  }
  [[nodiscard]] const std::string& markup() const& { return markup_; }
  [[nodiscard]] std::string markup() && { return std::move(markup_); }
  [[nodiscard]] bool empty() const { return markup_.empty(); }
  void reserve(std::size_t bytes) { markup_.reserve(bytes); }

 private:
  friend Safe text(std::string_view content);
  friend class Maker;  // html.cpp
  std::string markup_;
};

/// `content` as text: & < > " ' escaped, bytes that are no valid UTF-8 and control characters replaced by
/// U+FFFD.
Safe text(std::string_view content);

/// A number as text.
Safe number(std::int64_t value);

/// One ` name="value"` pair, the value escaped.
struct Attribute {
  std::string markup;
};
Attribute attribute(Literal name, std::string_view value);
/// A boolean attribute: ` name`, or nothing when `present` is false.
Attribute flag(Literal name, bool present);

/// A relative address: page, then query parameters, each name=value percent-encoded. Never absolute, never a
/// scheme: the pages work behind any sub-path.
class Url {
 public:
  explicit Url(Literal page) : value_(page.value()) {}
  Url& query(Literal name, std::string_view value) &;
  Url query(Literal name, std::string_view value) && {
    query(name, value);
    return std::move(*this);
  }
  Url& fragment(std::string_view id) &;
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  std::string value_;
  bool has_query_ = false;
};

/// ` name="..."` for href, src, action.
Attribute url(Literal name, const Url& address);

/// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view value);

/// `<name attributes>children</name>`.
Safe element(Literal name, std::initializer_list<Attribute> attributes, const Safe& children);
Safe element(Literal name, std::initializer_list<Attribute> attributes, Literal children);
/// An element without content: `<name attributes>`.
Safe empty_element(Literal name, std::initializer_list<Attribute> attributes);

/// A string that is a valid, unique id for any name: letters, digits, - and _ stay, other bytes become ~XX.
std::string id_of(std::string_view kind, std::initializer_list<std::string_view> parts);

}  // namespace holdfast::html
