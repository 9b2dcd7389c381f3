// descriptor_plan.hpp: how this agent divides the descriptors that its process may have (base/descriptor_shares.hpp),
// as the limit stands at the start; what programs need beyond their share is said. Called once by the composition root.
#pragma once

#include <cstddef>

#include "base/descriptor_shares.hpp"
#include "config/settings.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

/// `peers`: other nodes of the cluster. `programs`: what all programs need together.
DescriptorShares plan_descriptors(const config::Settings& settings, std::size_t peers, std::size_t programs,
                                  storage::MainLog& log);

}  // namespace holdfast
