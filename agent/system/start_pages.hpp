// start_pages.hpp: gives back the pages of program text that only the start needed (configuration, dynamic
// linking, the first bind). They are clean and stand in the page cache: what is needed again is mapped again
// by a minor fault. Called by the composition root, twice after a start; any thread.
#pragma once

#include <malloc.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace holdfast::system {

/// Unmaps the resident pages of every executable mapping of a file. Only text: it is never written, so
/// nothing is lost.
inline void release_start_pages() {
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) {
    return;
  }
  char line[4352];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char rights[5] = {};
    unsigned long inode = 0;
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %lu", &begin, &end, rights, &inode) == 4 &&
        inode != 0 && rights[0] == 'r' && rights[1] == '-' && rights[2] == 'x') {
      (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
  }
  (void)std::fclose(maps);
  (void)::malloc_trim(0);
}

}  // namespace holdfast::system
