// child_news.hpp: what the keeper says of children goes to the driver of programs. What comes before there is one is of
// an earlier agent's children, and is told again when they are listed. Called once, by the composition root.
#pragma once

#include <functional>

#include "drivers/programs/program_driver.hpp"
#include "system/keeper_client.hpp"

namespace holdfast {

/// `programs` gives the driver, or nullptr before there is one.
void pass_child_news(system::KeeperClient::Handlers& handlers, const std::function<ProgramDriver*()>& programs);

}  // namespace holdfast
