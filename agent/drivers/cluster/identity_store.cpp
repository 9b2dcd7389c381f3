#include "drivers/cluster/identity_store.hpp"

#include <utility>

#include "base/check.hpp"

namespace holdfast {

void DiskIdentityStore::save(const storage::Identity& identity, std::function<void()> done) {
  if (!state_dir_.writable()) {
    return loop_.post(std::move(done));  // said at start; supervision goes on
  }
  const bool asked = disk_.ask(
      [this, identity, done = std::move(done)]() -> storage::DiskThread::Job {
        return [this, status = state_dir_.save_identity(identity), done] {
          if (!status) {
            log_.error("the node's identity cannot be kept: " + status.error().message);
          }
          done();
        };
      },
      sizeof identity);
  CHECK(asked);
}

}  // namespace holdfast
