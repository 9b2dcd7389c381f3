#include "drivers/cluster/node_announcer.hpp"

#include <utility>

#include "base/clock.hpp"

namespace holdfast {
namespace {

constexpr Duration kPeriodAtFirst = 500ms;  // who starts together should find each other at once ...
constexpr int kAnnouncedAtFirst = 10;
constexpr Duration kPeriod = 5s;  // ... and who comes later within Supvisors' tick
constexpr int kDatagramsPerTurn = 16;
constexpr const char* kAbout = "multicast";

}  // namespace

NodeAnnouncer::NodeAnnouncer(system::EventLoop& loop, storage::MainLog& log, transport::MulticastOptions options,
                             transport::Announcement self, transport::ClusterKeys keys, Tell tell, Warnings& warnings)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      self_(std::move(self)),
      keys_(std::move(keys)),
      tell_(std::move(tell)),
      warnings_(warnings),
      timer_(loop) {}

void NodeAnnouncer::start() {
  announce();
}

void NodeAnnouncer::stop() {
  timer_.cancel();
  leave();
}

void NodeAnnouncer::leave() {
  if (readable_) {
    (void)readable_->release();  // the socket owns the descriptor
    readable_.reset();
  }
  socket_.reset();
}

void NodeAnnouncer::announce() {
  const Status status = try_to_announce();
  const std::string trouble = status ? "" : status.error().message;
  if (std::exchange(trouble_, trouble) != trouble) {
    if (trouble.empty()) {
      log_.info("multicast group " + options_.group + ":" + std::to_string(options_.port) + " is joined again");
    } else {
      log_.error(trouble + "; nodes are found by list and seeds only, and it is tried again every 5 s");
    }
    warnings_.set_warning(kAbout, trouble);
  }
  const bool at_first = announced_ < kAnnouncedAtFirst;
  announced_ += at_first ? 1 : 0;
  timer_.set(monotonic_now() + (at_first && trouble.empty() ? kPeriodAtFirst : kPeriod), [this] { announce(); });
}

Status NodeAnnouncer::try_to_announce() {
  if (!socket_) {
    auto opened = transport::MulticastSocket::open(options_);
    if (!opened) {
      return opened.error();
    }
    socket_ = std::move(opened).value();
    readable_ = std::make_unique<boost::asio::posix::stream_descriptor>(loop_.context(), socket_->fd());
    wait();
  }
  Status sent = socket_->send(transport::encode_announcement(self_, keys_.key));
  if (!sent) {
    leave();  // an interface that went has taken the membership with it, also when one of its name comes back
  }
  return sent;
}

void NodeAnnouncer::wait() {
  readable_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (!error) {
                            receive();
                            wait();
                          }
                        });
}

void NodeAnnouncer::receive() {
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    const transport::MulticastSocket::Datagram datagram = socket_->receive();
    if (datagram.from.empty()) {
      return;
    }
    take(datagram);
  }
}

void NodeAnnouncer::take(const transport::MulticastSocket::Datagram& datagram) {
  const auto decoded = transport::decode_announcement(datagram.bytes, self_.cluster, keys_);
  if (!decoded.announcement) {
    switch (decoded.fault) {
      case transport::AnnouncementFault::malformed:
        ++malformed_;
        return;
      case transport::AnnouncementFault::other_cluster:
        ++foreign_;
        return;
      case transport::AnnouncementFault::wrong_key:
        ++refused_;
        return;
    }
  }
  const transport::Announcement& said = *decoded.announcement;
  if (said.identifier == self_.identifier && said.nick == self_.nick) {
    return;
  }
  ++heard_;
  const std::string& address = said.address.empty() ? datagram.from : said.address;
  const bool is_ipv6 = address.find(':') != std::string::npos;
  tell_(cluster::NodeSighted{said.identifier, said.nick,
                             (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(said.port)});
}

CounterList NodeAnnouncer::counters() const {
  return {{"announcements heard", heard_},
          {"announcements dropped: other_cluster", foreign_},
          {"announcements dropped: wrong_key", refused_},
          {"announcements dropped: malformed", malformed_}};
}

}  // namespace holdfast
