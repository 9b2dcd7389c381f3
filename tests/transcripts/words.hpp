// words.hpp: how the players of transcripts write and read the small words that both have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "config/settings.hpp"

namespace holdfast::transcripts {

/// The level as the main log writes it.
std::string_view level_name(LogLevel level);
/// A line end as the two characters `\\n`.
std::string visible(std::string text);
/// `250ms`, `3s`, `3`.
Duration duration_in(const std::string& text);
/// 0 when it is none.
std::int64_t number_in(const std::string& text);

}  // namespace holdfast::transcripts
