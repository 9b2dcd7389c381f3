// node_announcer.hpp: says on the multicast group that this node is there, and tells the cluster's core whom it hears
// there (contract supvisors.md 7.4). What a stranger sends costs a counter. A group that cannot be joined is said with
// its reason, shown as long as it is so, and tried again: an interface may come up after the agent. It decides nothing.
// Used by ClusterDriver; loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/counter_list.hpp"
#include "base/warnings.hpp"
#include "cluster/input.hpp"
#include "drivers/cluster/log_deduplicator.hpp"
#include "system/event_loop.hpp"
#include "transport/announcement.hpp"
#include "transport/multicast_socket.hpp"

namespace holdfast {

class NodeAnnouncer {
 public:
  using Tell = std::function<void(const cluster::NodeSighted&)>;
  NodeAnnouncer(system::EventLoop& loop, storage::MainLog& log, transport::MulticastOptions options,
                transport::Announcement self, transport::ClusterKeys keys, Tell tell, Warnings& warnings);

  void start();
  void stop();
  void set_keys(const transport::ClusterKeys& keys) { keys_ = keys; }
  [[nodiscard]] CounterList counters() const;

 private:
  void announce();
  void leave();
  [[nodiscard]] Status try_to_announce();
  void wait();
  void receive();
  void take(const transport::MulticastSocket::Datagram& datagram);

  system::EventLoop& loop_;
  storage::MainLog& log_;
  transport::MulticastOptions options_;
  transport::Announcement self_;
  transport::ClusterKeys keys_;
  Tell tell_;
  Warnings& warnings_;
  system::Deadline timer_;
  std::unique_ptr<transport::MulticastSocket> socket_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> readable_;
  int announced_ = 0;  // in a row, up to where it becomes seldom
  std::string trouble_;
  std::uint64_t heard_ = 0;
  std::uint64_t foreign_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t malformed_ = 0;
};

}  // namespace holdfast
