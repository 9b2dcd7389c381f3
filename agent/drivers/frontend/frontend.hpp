// frontend.hpp: what this agent shows to clients, put together: the HTTP face with its sockets, the API and the pages
// behind it, and what keeps open pages current. Every request is answered from begin() on; before it they wait. It
// decides nothing. Made by the composition root; loop thread only.
#pragma once

#include <memory>
#include <string>

#include "api/api.hpp"
#include "api/ports.hpp"
#include "base/descriptor_shares.hpp"
#include "drivers/frontend/history_access.hpp"
#include "drivers/frontend/log_access.hpp"
#include "drivers/frontend/page_publisher.hpp"
#include "drivers/frontend/server_sockets.hpp"
#include "drivers/frontend/web.hpp"
#include "storage/disk_thread.hpp"
#include "storage/history.hpp"
#include "storage/main_log.hpp"
#include "system/event_loop.hpp"
#include "system/keeper.hpp"

namespace holdfast {

class Frontend {
 public:
  struct Parts {
    system::EventLoop& loop;
    storage::DiskThread& disk;
    storage::MainLog& log;
    storage::MainLog& cluster_log;
    storage::History& history;
    system::Keeper& keeper;
  };
  Frontend(Parts parts, const DescriptorShares& shares)
      : parts_(parts), web_(parts.loop, parts.disk, parts.log, shares), sockets_(parts.keeper, parts.log) {}

  [[nodiscard]] ServerSockets& sockets() { return sockets_; }
  [[nodiscard]] Web& web() { return web_; }

  /// What the API shows and steers. `cluster`, `statistics`: nullptr when the agent is alone.
  struct Shown {
    api::AgentPort& agent;
    api::SupervisionPort& supervision;
    ProgramOutput& output;
    api::ClusterPort* cluster = nullptr;
    api::StatisticsPort* statistics = nullptr;
    std::string node;  // the identifier that history rows carry
  };
  void make_api(const Shown& shown);
  /// `hello`: nullptr when the agent is alone.
  void begin(api::HelloPort* hello) {
    web_.serve(*api_, hello, [this] { pages_->on_watcher(); });
  }
  /// Something that a page may show has changed.
  void refresh_soon() {
    if (pages_) {
      pages_->soon();
    }
  }

 private:
  Parts parts_;
  Web web_;
  ServerSockets sockets_;
  std::unique_ptr<LogAccess> logs_;
  std::unique_ptr<HistoryAccess> history_;
  std::unique_ptr<api::Ports> ports_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<PagePublisher> pages_;
};

}  // namespace holdfast
