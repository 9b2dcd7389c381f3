// log_path.hpp: where the output of a process goes. The only place that knows it: what is shown, read, followed and
// written asks here. Pure functions.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "supervision/event.hpp"
#include "supervision/process.hpp"

namespace holdfast::supervision {

/// The path of the log of a channel; empty: there is none. `record`: of the process, for the names of its automatic
/// logs; nullptr: it has none yet.
std::string log_path_of(const config::ProcessSettings& settings, const ProcessRecord* record, Channel channel);
std::string log_path_of(const Process& process, Channel channel);

}  // namespace holdfast::supervision
