#include "startup/descriptor_plan.hpp"

#include <sys/resource.h>

#include <string>

namespace holdfast {

DescriptorShares plan_descriptors(const config::Settings& settings, std::size_t peers, std::size_t programs,
                                  storage::MainLog& log) {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  DescriptorNeeds needs;
  needs.limit = static_cast<std::size_t>(limit.rlim_cur);
  needs.servers = settings.servers.size();
  needs.cluster = settings.cluster.has_value();
  needs.peers = peers;
  const DescriptorShares shares = share_descriptors(needs);
  if (programs > shares.programs) {
    log.warn("file descriptors: of " + std::to_string(needs.limit) + " that one process may have, " +
             std::to_string(shares.programs) + " are for programs, and all programs together need " +
             std::to_string(programs) +
             "; who finds none left is not started. Raise the hard limit (ulimit -Hn, LimitNOFILE=)");
  }
  return shares;
}

}  // namespace holdfast
