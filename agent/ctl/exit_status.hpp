// exit_status.hpp: the exit statuses of holdfastctl, which are supervisorctl's (contract supervisor.md 6.1). Numbers
// only; every command leaves one of them in the session.
#pragma once

namespace holdfast::ctl::exit_status {

inline constexpr int ok = 0;
inline constexpr int generic = 1;
inline constexpr int invalid_arguments = 2;
inline constexpr int unimplemented = 3;
inline constexpr int insufficient_privileges = 4;
inline constexpr int not_installed = 5;
inline constexpr int not_running = 7;
// Of `status` alone:
inline constexpr int status_not_running = 3;
inline constexpr int status_unknown = 4;

}  // namespace holdfast::ctl::exit_status
