// environment.hpp: the `environment=` mini-language: K=V pairs tokenised like a POSIX shell's words (contract
// supervisor.md 1.5, quoting of Supervisor 4.4). Expansion has been done before. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// The pairs of `text`; of equal keys the last wins.
Result<Environment> parse_environment(std::string_view text);

}  // namespace holdfast::config
