#include "system/service_notifier.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/unique_fd.hpp"

namespace holdfast::system {
namespace {

TEST(ServiceNotifier, SendsOneDatagramToAPathOrAnAbstractName) {
  const std::string path = testing::TempDir() + "/notify-" + std::to_string(getpid());
  for (const std::string& address : {path, "@" + path}) {
    const UniqueFd listener(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, address.data(), address.size());
    if (address[0] == '@') {
      at.sun_path[0] = '\0';
    }
    const socklen_t length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), length), 0);
    EXPECT_TRUE(ServiceNotifier(address).notify("READY=1\nSTATUS=up"));
    char buffer[64];
    const ssize_t got = recv(listener.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "READY=1\nSTATUS=up");
  }
  unlink(path.c_str());
}

TEST(ServiceNotifier, WithoutAListenerNothingHappens) {
  EXPECT_FALSE(ServiceNotifier("").wanted());
  for (const char* address : {"", "/nowhere/notify", "relative", "@"}) {
    EXPECT_FALSE(ServiceNotifier(address).notify("READY=1")) << address;
  }
  EXPECT_FALSE(ServiceNotifier("/" + std::string(200, 'x')).notify("READY=1"));
}

}  // namespace
}  // namespace holdfast::system
