#include "transport/zap_handler.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "transport/gossip_sockets.hpp"

namespace holdfast::transport {
namespace {

// The parts of a request (RFC 27).
enum Part : std::size_t { version, request_id, domain, address, identity, mechanism, credentials, part_count };

/// An IPv4 address as people write it: a socket for both families shows it mapped.
std::string_view plain_address(std::string_view shown) {
  constexpr std::string_view kMapped = "::ffff:";
  return shown.starts_with(kMapped) ? shown.substr(kMapped.size()) : shown;
}

bool send_part(zmq::socket_t& socket, std::string_view part, int flags) {
  return zmq_send(socket.handle(), part.data(), part.size(), ZMQ_DONTWAIT | flags) >= 0;
}

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, const KeyOwners& owners, bool open)
    : socket_(context, zmq::socket_type::rep), owners_(owners), open_(open) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

void ZapHandler::judge(Verdict& verdict) const {
  if (count_ <= mechanism || parts_[version].to_string_view() != "1.0" ||
      parts_[domain].to_string_view() != zap_domain) {
    return;
  }
  if (open_) {
    verdict.admitted = parts_[mechanism].to_string_view() == "NULL";
    return;
  }
  CurvePublicKey key;
  if (count_ != part_count || parts_[mechanism].to_string_view() != "CURVE" ||
      parts_[credentials].size() != key.bytes.size()) {
    return;
  }
  std::memcpy(key.bytes.data(), parts_[credentials].data(), key.bytes.size());
  verdict.owner = owners_.owner_of(key);
  verdict.admitted = verdict.owner.has_value();
}

std::optional<ZapHandler::Verdict> ZapHandler::answer_one() {
  count_ = 0;
  bool more = true;
  while (more) {
    // More parts than a request has are read into the last slot and make it invalid.
    zmq::message_t& part = parts_[std::min(count_, parts_.size() - 1)];
    if (zmq_msg_recv(part.handle(), socket_.handle(), ZMQ_DONTWAIT) < 0) {
      return std::nullopt;
    }
    ++count_;
    more = part.more();
  }
  Verdict verdict;
  judge(verdict);
  verdict.address = count_ > address ? plain_address(parts_[address].to_string_view()) : std::string_view{};
  // "300": the stranger is cut off without a word and an honest node that came before its HELLO was done here
  // tries again; after "400" libzmq's client would never reconnect.
  std::array<char, 65> user{};
  std::string_view user_id;
  if (verdict.admitted && !open_) {
    const auto* key = static_cast<const unsigned char*>(parts_[credentials].data());
    sodium_bin2hex(user.data(), user.size(), key, parts_[credentials].size());
    user_id = {user.data(), user.size() - 1};
  }
  (void)(send_part(socket_, "1.0", ZMQ_SNDMORE) &&
         send_part(socket_, count_ > request_id ? parts_[request_id].to_string_view() : std::string_view{},
                   ZMQ_SNDMORE) &&
         send_part(socket_, verdict.admitted ? "200" : "300", ZMQ_SNDMORE) && send_part(socket_, "", ZMQ_SNDMORE) &&
         send_part(socket_, user_id, ZMQ_SNDMORE) && send_part(socket_, "", 0));
  return verdict;
}

}  // namespace holdfast::transport
