// check.hpp: assertions that stay on in release builds. A failed CHECK is a programmer's error: it prints the
// place and aborts (the keeper then starts the agent anew; programs are not touched). Never used for anything
// that the world (a file, a client, a peer) can cause: that is a Result.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                   \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      std::fprintf(stderr, "CHECK failed: %s at %s:%d\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
