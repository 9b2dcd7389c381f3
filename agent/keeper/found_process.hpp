// found_process.hpp: a process that a keeper before this one has started: whether it has ended, and our ends of its
// pipes, which the kernel opens anew. It is no child of ours: nobody here can wait for it, and its number may become
// somebody else's, so that a pidfd stands for it. Plain functions; used by Children only.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "keeper/socket.hpp"

namespace holdfast::keeper {

/// Invalid: no such process, a container forbids it, or no descriptor is left.
Fd open_pidfd(pid_t pid);

/// Also of one that is still to be waited for by its parent. An invalid pidfd says nothing.
bool has_ended(const Fd& pidfd);

/// 0: invalid.
std::uint64_t inode_of(const Fd& fd);

/// Our end of the pipe that the process has as `fd`: a pipe can be opened anew through /proc. Invalid when that
/// descriptor is not the pipe any more which the process was given.
Fd reopen_pipe(pid_t pid, int fd, std::uint64_t inode, int flags);

}  // namespace holdfast::keeper
