#include "http/client.hpp"

#include <set>
#include <utility>

#include "http/client_call.hpp"
#include "http/idle_connections.hpp"

namespace holdfast::http {

class Client::Impl : public std::enable_shared_from_this<Client::Impl> {
 public:
  explicit Impl(boost::asio::io_context& context) : io(context) {}

  boost::asio::io_context& io;
  IdleConnections idle;
  std::set<std::shared_ptr<ClientCall>> calls;
};

Client::Client(boost::asio::io_context& io) : impl_(std::make_shared<Impl>(io)) {}

Client::~Client() {
  for (const auto& call : std::exchange(impl_->calls, {})) {
    call->abandon();
  }
}

void Client::request(const Endpoint& to, ClientRequest request, ClientOptions options, ClientCallback callback) {
  auto call = std::make_shared<ClientCall>(impl_->io, to, request, options);
  impl_->calls.insert(call);
  call->start(options.timeout, impl_->idle.take(to),
              [weak = impl_->weak_from_this(), key = std::weak_ptr<ClientCall>(call), to,
               callback = std::move(callback)](Result<ClientResponse> result, UniqueFd kept) {
                const auto impl = weak.lock();
                if (!impl) {
                  return;
                }
                impl->calls.erase(key.lock());
                if (kept.valid()) {
                  impl->idle.keep(to, std::move(kept));
                }
                callback(std::move(result));
              });
}

std::size_t Client::pending() const {
  return impl_->calls.size();
}

}  // namespace holdfast::http
