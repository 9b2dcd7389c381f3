// log_writer.cpp: bench_log_writer, the program whose output is measured. At each SIGUSR1 it writes BYTES bytes of
// 100-byte lines to its stdout, in writes of SIZE, and waits for the next one.
//
//   bench_log_writer SIZE BYTES
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3 || std::atol(argv[1]) <= 0) {
    std::fprintf(stderr, "usage: bench_log_writer SIZE BYTES\n");
    return 2;
  }
  const auto size = static_cast<std::size_t>(std::atol(argv[1]));
  const auto bytes = static_cast<std::size_t>(std::atol(argv[2]));
  std::string text;
  while (text.size() < size) {
    text += std::string(99, 'x') + '\n';
  }
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR1);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  std::signal(SIGUSR1, [](int) {});  // never called: it shows in /proc that the mask above is set
  for (int got = 0; sigwait(&wanted, &got) == 0;) {
    for (std::size_t written = 0; written < bytes;) {
      const ssize_t wrote = ::write(STDOUT_FILENO, text.data(), std::min(size, bytes - written));
      if (wrote <= 0) {
        return 1;
      }
      written += static_cast<std::size_t>(wrote);
    }
  }
  return 0;
}
