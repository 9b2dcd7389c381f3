#include "config/read_context.hpp"

#include "config/value_types.hpp"

namespace holdfast::config {

void ReadContext::say(LogLevel level, std::string text) {
  if (said.insert(text).second) {
    settings.messages.push_back({level, std::move(text)});
  }
}

Result<Account> ReadContext::find_account(const std::string& text) {
  const auto known = accounts.find(text);
  return known != accounts.end() ? known->second : accounts.emplace(text, parse_user(text, host)).first->second;
}

std::string SectionReader::place(std::string_view key) const {
  const Tree* found = value(key);
  if (found == nullptr) {
    found = own_;
  }
  return found != nullptr ? place_of(*found) : std::string();
}

std::optional<std::string> SectionReader::raw(std::string_view key) const {
  const Tree* found = value(key);
  return found != nullptr ? std::optional(found->data().text) : std::nullopt;
}

std::string_view kind_of(std::string_view section) {
  const std::size_t colon = section.find(':');
  return colon == std::string_view::npos || section.starts_with("rpcinterface:") ? section
                                                                                 : section.substr(0, colon + 1);
}

AskedKeys* ReadContext::note_keys_of(const std::string& section) {
  const std::string_view kind = kind_of(section);
  auto found = asked.find(kind);
  if (found == asked.end()) {
    found = asked.emplace(kind, AskedKeys{section, {}}).first;
  }
  return found->second.section == section ? &found->second : nullptr;
}

std::optional<std::string> SectionReader::text(std::string_view key) {
  const Tree* found = status_.ok() ? value(key) : nullptr;
  if (found == nullptr) {
    return std::nullopt;
  }
  auto expanded = expand(found->data().text, names_, section_ + "." + std::string(key));
  if (!expanded) {
    fail(key, expanded.error());
    return std::nullopt;
  }
  return std::move(expanded).value();
}

void SectionReader::fail(std::string_view key, const Error& error) {
  if (status_.ok()) {
    status_ = place_text(error).empty() ? this->error(key, error.message) : error;
  }
}

Error SectionReader::error(std::string_view key, std::string text) const {
  const Tree* found = key.empty() ? nullptr : value(key);
  if (found != nullptr) {
    return error_at(std::move(text), found, section_, key);
  }
  return error_at(std::move(text), own_, section_, "");
}

}  // namespace holdfast::config
