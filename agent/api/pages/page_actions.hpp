// page_actions.hpp: what a pressed button of a page does: the action as requests to the ports. It is answered when the
// action was accepted, not when it is done: the page shows the rest live. Decides nothing but which port is asked: with
// a cluster, the Master places (or the named node acts); alone, the node's own supervision. Used by PageRoutes.
#pragma once

#include <functional>
#include <string>

#include "api/ports.hpp"
#include "dashboard/pages.hpp"

namespace holdfast::api {

/// Takes the outcome for the page that follows: tone and one sentence.
using ActionDone = std::function<void(dashboard::FlashMessage)>;

void perform_action(Ports& ports, const dashboard::PageAction& action, const Caller& caller, const ActionDone& done);

}  // namespace holdfast::api
