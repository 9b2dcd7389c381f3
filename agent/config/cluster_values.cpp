#include "config/cluster_values.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

constexpr int kWaitDefaultS = 15;

Error not_one_of(std::string_view text, std::string_view words) {
  return Error{repr(text) + " is none of " + std::string(words)};
}

/// `word` is `text` in the case of the names.
template <typename E>
Result<E> one_of(std::string_view text, const std::string& word) {
  const auto value = parse<E>(word);
  return value ? Result<E>(*value) : not_one_of(text, names_of<E>());
}

}  // namespace

Result<std::string> parse_cluster_name(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= limits::config_cluster_name_bytes &&
                    std::all_of(text.begin(), text.end(), [](char letter) {
                      return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
                    });
  if (!fits) {
    return Error{repr(text) + " is no name of a cluster (1 to 64 letters, digits, and _ - . only)"};
  }
  return std::string(text);
}

Result<std::pair<std::uint16_t, std::uint16_t>> parse_gossip_ports(std::string_view text) {
  const Error bad{repr(text) + " is no pair of ports (two numbers C,B from 1 to 65534, or one; B+1 must be free too)"};
  const auto parts = text::split_list(text, ',');
  if (parts.empty() || parts.size() > 2) {
    return bad;
  }
  const auto ctl = text::parse_int(parts.front());
  const auto bulk = parts.size() == 2 ? text::parse_int(parts.back()) : ctl ? std::optional(*ctl + 1) : std::nullopt;
  if (!ctl || !bulk || *ctl < 1 || *ctl > 0xFFFF || *bulk < 1 || *bulk >= 0xFFFF || *ctl == *bulk ||
      *ctl == *bulk + 1) {
    return bad;
  }
  return std::pair(static_cast<std::uint16_t>(*ctl), static_cast<std::uint16_t>(*bulk));
}

Result<SynchronisationSettings> parse_wait_for(std::string_view text) {
  SynchronisationSettings wait;
  const auto parts = text::split_list(text, ',');
  for (const std::string& part : parts) {
    const std::string word = text::lower(part);
    const auto seconds = text::parse_int(word);
    if (word == "all") {
      wait.strict = true;
    } else if (word == "majority") {
      wait.majority = true;
    } else if (word == "core") {
      wait.core = true;
    } else if (seconds && *seconds >= 0 && *seconds <= limits::config_wait_max_s && !wait.timeout_s) {
      wait.timeout_s = static_cast<int>(*seconds);
    } else {
      return not_one_of(part, "all, majority, core or one number of seconds (0 to 1200)");
    }
  }
  if (parts.empty()) {
    return not_one_of(text, "all, majority, core or one number of seconds (0 to 1200)");
  }
  if (!wait.timeout_s) {
    wait.timeout_s = kWaitDefaultS;
  }
  return wait;
}

Result<SynchronisationSettings> parse_synchro_options(std::string_view text, int timeout_s) {
  SynchronisationSettings wait;
  for (const std::string& part : text::split_list(text, ',')) {
    const std::string word = text::upper(part);
    if (word == "STRICT") {
      wait.strict = true;
    } else if (word == "LIST") {
      wait.list = true;
    } else if (word == "CORE") {
      wait.core = true;
    } else if (word == "USER") {
      wait.user = true;
    } else if (word == "TIMEOUT") {
      wait.timeout_s = timeout_s;
    } else {
      return not_one_of(part, "STRICT, LIST, TIMEOUT, CORE, USER");
    }
  }
  return wait;
}

Result<int> parse_synchro_timeout(std::string_view text) {
  const auto seconds = python_int(text, 10);
  if (!seconds || *seconds < limits::config_synchro_timeout_min_s || *seconds > limits::config_wait_max_s) {
    return Error{repr(text) + " is no number of seconds from 15 to 1200"};
  }
  return static_cast<int>(*seconds);
}

Result<StartingStrategy> parse_starting_strategy(std::string_view text) {
  return one_of<StartingStrategy>(text, text::upper(strip(text)));
}

Result<ConciliationStrategy> parse_conciliation_strategy(std::string_view text) {
  return one_of<ConciliationStrategy>(text, text::upper(strip(text)));
}

Result<FailureStrategy> parse_failure_strategy(std::string_view text) {
  return one_of<FailureStrategy>(text, text::upper(strip(text)));
}

Result<DetectionProfile> parse_detection(std::string_view text) {
  return one_of<DetectionProfile>(text, text::lower(strip(text)));
}

Result<EventLink> parse_event_link(std::string_view text) {
  return one_of<EventLink>(text, text::upper(strip(text)));
}

Result<std::uint16_t> parse_event_port(std::string_view text) {
  const auto port = python_int(text, 10);
  if (!port || *port < 1 || *port > 0xFFFF) {
    return Error{repr(text) + " is no port from 1 to 65535"};
  }
  return static_cast<std::uint16_t>(*port);
}

std::optional<std::int64_t> time_ms_in(std::string_view text, std::int64_t low_ms, std::int64_t high_ms) {
  std::string_view digits = strip(text);
  std::int64_t unit = 1000;
  if (digits.ends_with("ms")) {
    unit = 1;
    digits.remove_suffix(2);
  } else if (digits.ends_with("s")) {
    digits.remove_suffix(1);
  }
  const auto number = text::parse_int(text::trim(digits));
  if (!number || *number < 0 || *number > high_ms / unit || *number * unit < low_ms) {
    return std::nullopt;
  }
  return *number * unit;
}

Result<int> parse_away_grace_ms(std::string_view text) {
  const auto time = time_ms_in(text, 0, limits::config_away_grace_max_ms);
  if (!time) {
    return Error{repr(text) + " is no time from 0 to 600 seconds (a number, or one with the suffix ms)"};
  }
  return static_cast<int>(*time);
}

Result<int> parse_core_hold_ms(std::string_view text) {
  const auto time = time_ms_in(text, 0, limits::config_core_hold_max_ms);
  if (!time) {
    return Error{repr(text) + " is no time from 0 to 1200 seconds (a number, or one with the suffix ms)"};
  }
  return static_cast<int>(*time);
}

}  // namespace holdfast::config
