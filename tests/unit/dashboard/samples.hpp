// samples.hpp: views as a living cluster would fill them, for the tests of the pages and for looking at them.
// With `word` every text that a file, a peer or a client may choose is that word (hostile names).
#pragma once

#include <optional>
#include <string>

#include "dashboard/views.hpp"

namespace holdfast::dashboard {

OverviewView sample_overview(const std::optional<std::string>& word);
ApplicationView sample_application(const std::optional<std::string>& word);
ProcessView sample_process(const std::optional<std::string>& word);

}  // namespace holdfast::dashboard
