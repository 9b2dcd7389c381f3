// identity_store.hpp: where a node's identity (incarnation, term, its Master) is kept before anything that this node
// says rests on it. DiskIdentityStore writes the file in the state directory; the tests have a fake. It decides nothing
// about what is kept, or when. Used by OutcomeExecutor; loop thread only.
#pragma once

#include <functional>

#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class IdentityStore {
 public:
  virtual ~IdentityStore() = default;
  /// `done` follows on the loop, not within this call, also when the identity cannot be kept (which is said).
  virtual void save(const storage::Identity& identity, std::function<void()> done) = 0;
};

class DiskIdentityStore final : public IdentityStore {
 public:
  DiskIdentityStore(system::EventLoop& loop, storage::DiskThread& disk, storage::MainLog& log,
                    const storage::StateDir& state_dir)
      : loop_(loop), disk_(disk), log_(log), state_dir_(state_dir) {}
  void save(const storage::Identity& identity, std::function<void()> done) override;

 private:
  system::EventLoop& loop_;
  storage::DiskThread& disk_;
  storage::MainLog& log_;
  const storage::StateDir& state_dir_;
};

}  // namespace holdfast
