#include "supervision/event.hpp"

namespace holdfast::supervision {
namespace {

std::string process_prefix(const ProcessId& key) {
  return "processname:" + key.name + " groupname:" + key.group;
}

/// The bytes as Python's repr of a bytes object shows them.
std::string python_bytes(std::string_view data) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const bool has_single = data.find('\'') != std::string_view::npos;
  const bool has_double = data.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out = "b";
  out += quote;
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == quote) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += quote;
  return out;
}

/// Whether Python's strict UTF-8 decoder takes `data`: shortest forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view data) {
  std::size_t i = 0;
  while (i < data.size()) {
    const auto lead = static_cast<unsigned char>(data[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > data.size()) {
      return false;
    }
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    switch (lead) {
      case 0xE0:
        low = 0xA0;
        break;
      case 0xED:
        high = 0x9F;
        break;
      case 0xF0:
        low = 0x90;
        break;
      case 0xF4:
        high = 0x8F;
        break;
      default:
        break;
    }
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(data[i + k]);
      if (byte < low || byte > high) {
        return false;
      }
      low = 0x80;
      high = 0xBF;
    }
    i += length;
  }
  return true;
}

}  // namespace

EventType event_of(ProcessState state) {
  switch (state) {
    case ProcessState::stopped:
      return EventType::process_state_stopped;
    case ProcessState::starting:
      return EventType::process_state_starting;
    case ProcessState::running:
      return EventType::process_state_running;
    case ProcessState::backoff:
      return EventType::process_state_backoff;
    case ProcessState::stopping:
      return EventType::process_state_stopping;
    case ProcessState::exited:
      return EventType::process_state_exited;
    case ProcessState::fatal:
      return EventType::process_state_fatal;
    case ProcessState::unknown:
      return EventType::process_state_unknown;
  }
  return EventType::process_state_unknown;
}

std::string state_payload(const ProcessId& key, const StateEventFacts& facts) {
  std::string text = process_prefix(key) + " from_state:" + std::string(name_of(facts.from));
  switch (facts.to) {
    case ProcessState::starting:
    case ProcessState::backoff:
      return text + " tries:" + std::to_string(facts.tries);
    case ProcessState::running:
    case ProcessState::stopping:
    case ProcessState::stopped:
      return text + " pid:" + std::to_string(facts.pid);
    case ProcessState::exited:
      return text + " expected:" + (facts.expected ? "1" : "0") + " pid:" + std::to_string(facts.pid);
    case ProcessState::fatal:
    case ProcessState::unknown:
      return text;
  }
  return text;
}

std::string key_payload(const ProcessId& key) {
  return process_prefix(key) + " ";
}

std::string group_payload(std::string_view group) {
  return "groupname:" + std::string(group) + "\n";
}

std::string log_payload(const ProcessId& key, std::int64_t pid, Channel channel, std::string_view data) {
  return process_prefix(key) + " pid:" + std::to_string(pid) + " channel:" + std::string(name_of(channel)) + "\n" +
         readable_data(data);
}

std::string communication_payload(const ProcessId& key, std::int64_t pid, std::string_view data) {
  return process_prefix(key) + " pid:" + std::to_string(pid) + "\n" + readable_data(data);
}

std::string remote_payload(std::string_view type, std::string_view data) {
  return "type:" + std::string(type) + "\n" + std::string(data);
}

std::string tick_payload(std::int64_t when) {
  return "when:" + std::to_string(when);
}

std::string readable_data(std::string_view data) {
  return is_utf8(data) ? std::string(data) : "Undecodable: " + python_bytes(data);
}

}  // namespace holdfast::supervision
