// message_tags.hpp: the tags of every message's payload, one namespace per kind: part of the wire format,
// never reused for another meaning. Included by the codec (message_encode.cpp, message_decode.cpp, operation_codec.cpp,
// row_codec.cpp, sample_codec.cpp) only.
#pragma once

#include <cstdint>

namespace holdfast::cluster {

namespace beat {
/// loop_age is written (restamp_heartbeat) and read by nobody, config_version neither: their numbers stay taken.
enum : std::uint16_t {
  loop_age = 1,
  health,
  delta_seq,
  digest,
  config_version,
  master,
  flags,
  state,
  liveness,
  began_mono_ms = 32
};
enum : std::uint64_t {
  acting = 1,
  synchronised = 2,
  leaving = 4,
  starting = 8,
  stopping = 16,
  degraded = 32,
  joined = 64,
  discovery = 128
};
}  // namespace beat
namespace row {
/// description and extra_args were never written by anybody: their numbers stay taken. What stands behind a command is
/// start_args.
enum : std::uint16_t {
  group = 1,
  name,
  program,
  index,
  state,
  flags,
  pid,
  exit_status,
  startsecs,
  stopwaitsecs,
  start_us,
  stop_us,
  since,
  description,
  spawn_error,
  extra_args,
  ending,
  last_words,
  start_args,
  event_us = 32,
  event_mono
};
enum : std::uint64_t { unexpected_exit = 1, disabled = 2, has_stdout = 4, has_stderr = 8, awaits_restart = 16 };
}  // namespace row
namespace table {
enum : std::uint16_t { seq = 1, fact, removed, request, chunk, chunks, since, forced, unforced, fences };
}
namespace forced_row {
enum : std::uint16_t { namespec = 1, state, reason, at_us };
}
namespace fence_list {
enum : std::uint16_t { epoch = 1, master, revision, fence };
}
namespace fence_row {
enum : std::uint16_t { identifier = 1, by, at_us, reason };
}
namespace order {
enum : std::uint16_t {
  operation = 1,
  cause,
  epoch,
  master,
  origin,
  target_incarnation,
  user,
  action,
  target,
  argument,
  reason,
  remaining_ms,
  strategy,
  conciliation,
  phase,
  code,
  text,
  cited_mono_ms
};
}
namespace opinion {
enum : std::uint16_t { about = 1, liveness, ask };
}
namespace report {
enum : std::uint16_t { operation = 1, epoch, master, origin, loss };
}
namespace roster {
enum : std::uint16_t { member = 1 };
}
namespace known_member {
enum : std::uint16_t { identifier = 1, nick, contact };
}
namespace look {
enum : std::uint16_t { kinds = 1, lease_ms };
enum : std::uint64_t { host = 1, processes = 2 };
}  // namespace look
namespace sample {
enum : std::uint16_t { period_ms = 1, begin, end, cpu, memory, network, disk, mount, namespec, pid, cores, point };
}
namespace sample_part {
enum : std::uint16_t { name = 1, first, second };
}
namespace loss {
enum : std::uint16_t { node = 1, incarnation, seq, planned, age_ms, process };
}

}  // namespace holdfast::cluster
