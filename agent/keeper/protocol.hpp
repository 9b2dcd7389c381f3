// protocol.hpp: the records between the keeper (holdfastd) and the agent, over the SOCK_SEQPACKET socket that
// the agent inherits as descriptor 3. One packet is one record: a Header, fixed fields, and in some records a
// tail of `size` bytes of which only the used part travels. Same machine, same byte order. std and libc only:
// both sides include it.
//
// Order of a start: agent Hello -> keeper Welcome; agent List -> Child*, AgentBlob?, ListEnd; agent ListHeld
// -> Held*, HeldEnd; agent Ready -> Started (or agent Fail, then exit status 2). A record may grow at its end
// in a later version: a receiver ignores what it does not know and reads what is missing as zero. Neither
// side trusts a length it was sent.
//
// A child's set-up failure (exec and before) is seen as Supervisor shows it: Spawned, then Exited with status
// 127 and, beyond Supervisor, `failed_stage` and `failed_errno` in the Exited record. SpawnFailed means that
// no process was made.
//
// A receiver that is short of descriptors gets a record without those that came with it (Packet::cut); the
// record counts all the same. The agent asks for a child's again by Fetch, as often as it takes. The keeper
// answers a Spawn like any that fails, a Hold by HoldFailed; of a SetAgentBlob the older one stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace holdfast::keeper {

inline constexpr std::uint32_t protocol_magic = 0x4B46'4C48;  // "HLFK"
inline constexpr std::uint16_t protocol_version = 1;
inline constexpr int agent_socket_fd = 3;  // where the agent finds its end

// Bounds of both sides.
inline constexpr std::size_t max_blob = 4096;              // a child's opaque record
inline constexpr std::size_t max_agent_blob = 64 * 1024;   // the agent's own, in a sealed memfd
inline constexpr std::size_t max_name = 108;               // of a held descriptor
inline constexpr std::size_t max_held = 64;                // held descriptors: listening sockets, log intents
inline constexpr std::size_t max_children = 16384;         // alive or not yet acknowledged
inline constexpr std::size_t max_fail_text = 4096;         // why the agent did not start
inline constexpr std::size_t max_trouble_text = 2048;      // why a program could not take over
inline constexpr std::size_t max_spawn_request = 3 << 20;  // argv and environment: above the kernel's own 2 MiB
inline constexpr std::size_t max_packet = 8192;            // no record is larger
inline constexpr std::size_t max_descriptors = 6;          // passed with one record

// What an agent's exit status means to the keeper (DESIGN: the keeper).
inline constexpr int agent_done = 0;
inline constexpr int agent_refused = 2;  // before READY: bad configuration and the like
inline constexpr int agent_lost_keeper = 70;
inline constexpr int agent_restart = 75;           // start me again: every program is stopped
inline constexpr int agent_hand_over = 76;         // start the agent's program anew: every program goes on
inline constexpr int agent_hand_over_keeper = 77;  // the keeper's, too, in place; then as 76

enum class Kind : std::uint16_t {
  // agent -> keeper
  hello = 1,
  ready = 2,
  fail = 3,
  spawn = 4,
  signal = 5,
  set_blob = 6,
  set_agent_blob = 7,
  acknowledge = 8,
  list = 9,
  hold = 10,
  release = 11,
  list_held = 12,
  spool_taken = 13,
  release_pipes = 14,
  fetch = 15,
  // keeper -> agent
  welcome = 64,
  spawned = 65,
  spawn_failed = 66,
  exited = 67,
  signal_received = 68,
  signal_failed = 69,
  child = 70,
  agent_blob = 71,
  list_end = 72,
  held = 73,
  held_end = 74,
  reaped = 75,
  started = 76,
  descriptors = 77,
  hold_failed = 78,
  trouble = 79,
};

/// Where a spawn failed. Up to `fork` no process exists (SpawnFailed); after it the child exits 127 (Exited).
enum class Stage : std::uint32_t {
  none = 0,
  request = 1,  // not a valid spawn request
  table = 2,    // max_children reached, or the start id is in use
  pipe = 3,
  fork = 4,
  process_group = 5,
  descriptors = 6,
  limits = 7,
  root = 8,
  groups = 9,
  group_id = 10,
  user_id = 11,
  directory = 12,
  exec = 13,
};

enum class Channel : std::uint32_t { out = 0, err = 1 };

/// Which descriptors came with a Spawned or Child record, in this order (bits of `descriptors`).
enum DescriptorBit : std::uint32_t {
  stdin_write = 1,
  stdout_read = 2,
  stderr_read = 4,
  stdout_spool = 8,  // what the keeper took from the pipe while no agent was there; to be read first (log_spool.hpp)
  stderr_spool = 16,
};

struct Header {
  std::uint32_t magic = protocol_magic;
  std::uint16_t version = protocol_version;
  std::uint16_t kind = 0;
};

template <Kind K>
struct Record {
  static constexpr Kind kind = K;
  Header header{protocol_magic, protocol_version, static_cast<std::uint16_t>(K)};
};

// ---- agent -> keeper ----

struct Hello : Record<Kind::hello> {
  std::uint16_t min_version = 1;
  std::uint16_t max_version = protocol_version;
  std::uint32_t pid = 0;
};
/// Start is complete: the starting shell is told, crashes from now on are restarted.
struct Ready : Record<Kind::ready> {};
/// Why the start failed, for the keeper's stderr and the starting shell; followed by exit status 2.
struct Fail : Record<Kind::fail> {
  std::uint32_t size = 0;
  char tail[max_fail_text] = {};
};
/// Comes with the sealed memfd of a SpawnRequest (spawn_request.hpp) and, if that says so, the child's stdin.
struct Spawn : Record<Kind::spawn> {
  std::uint64_t start_id = 0;  // chosen by the agent, never used again while this keeper lives; not 0
};
enum class SignalTo : std::uint32_t { process = 0, group = 1 };
struct Signal : Record<Kind::signal> {
  std::uint64_t start_id = 0;
  std::int32_t signo = 0;
  SignalTo to = SignalTo::process;
};
struct SetBlob : Record<Kind::set_blob> {
  std::uint64_t start_id = 0;
  std::uint32_t reserved = 0;
  std::uint32_t size = 0;
  char tail[max_blob] = {};
};
/// Comes with a sealed memfd of at most max_agent_blob bytes.
struct SetAgentBlob : Record<Kind::set_agent_blob> {};
/// The exit of this child is dealt with: its record, pipes and spool go.
struct Acknowledge : Record<Kind::acknowledge> {
  std::uint64_t start_id = 0;
};
/// All output of this ended child is in its logs: pipes are closed and spools removed, record and blob stay until
/// Acknowledge.
struct ReleasePipes : Record<Kind::release_pipes> {
  std::uint64_t start_id = 0;
};
struct List : Record<Kind::list> {};
/// Comes with one descriptor; the one held under the same name before is closed.
struct Hold : Record<Kind::hold> {
  char name[max_name] = {};
};
struct Release : Record<Kind::release> {
  char name[max_name] = {};
};
struct ListHeld : Record<Kind::list_held> {};
/// A child's descriptors once more; start id 0: the agent's blob.
struct Fetch : Record<Kind::fetch> {
  std::uint64_t start_id = 0;
};
/// Every byte of this spool is in the log: it may go.
struct SpoolTaken : Record<Kind::spool_taken> {
  std::uint64_t start_id = 0;
  Channel channel = Channel::out;
};

// ---- keeper -> agent ----

enum class StartReason : std::uint32_t { first = 0, asked = 1, crashed = 2, handed_over = 3 };
inline constexpr std::int32_t handover_refused = -1;  // the installed keeper does not understand this one's state
struct Welcome : Record<Kind::welcome> {
  std::uint16_t version_used = protocol_version;
  std::uint16_t pid_one = 0;  // 1: the keeper reaps for everybody
  std::uint32_t keeper_pid = 0;
  std::uint32_t agent_starts = 0;  // counts from 1
  StartReason reason = StartReason::first;
  std::int32_t last_wait_status = 0;  // of the agent before, as waitpid gives it
  std::int32_t directory_errno = 0;   // of the chdir when daemonising
  std::uint64_t nofile_before = 0;    // soft limits as the keeper found them ...
  std::uint64_t nproc_before = 0;
  std::uint64_t nofile_programs = 0;  // ... and as programs get them unless their request says otherwise
  std::uint64_t nproc_programs = 0;
  std::int32_t handover_error = 0;  // why the keeper did not become the installed program: errno, handover_refused
  std::int32_t killed_keeper = 0;   // pid of the one whose programs were found; 0 = no earlier one in this boot
  std::uint32_t former_agent = 0;   // 1: this agent's program is not the installed one, which does not come up
};
/// After Welcome: what went wrong since an agent was READY, when none was there to log it. The agent writes it into its
/// log when it is READY itself: until then the next one is told the same.
enum class TroubleWith : std::uint32_t { agent = 0, keeper = 1 };
struct Trouble : Record<Kind::trouble> {
  TroubleWith with = TroubleWith::agent;
  std::uint32_t size = 0;
  char tail[max_trouble_text] = {};
};
/// The answer to the first Ready: the pid file is written and the starting shell has its answer.
struct Started : Record<Kind::started> {
  std::int32_t pidfile_errno = 0;  // 0 = written, or none asked for
};
struct Spawned : Record<Kind::spawned> {
  std::uint64_t start_id = 0;
  std::uint64_t start_time_ticks = 0;  // field 22 of /proc/PID/stat: with the boot id, a process's identity
  std::int32_t pid = 0;
  std::uint32_t descriptors = 0;  // DescriptorBit
};
struct SpawnFailed : Record<Kind::spawn_failed> {
  std::uint64_t start_id = 0;
  Stage stage = Stage::none;
  std::int32_t error = 0;  // errno
};
/// How a child ended; part of Exited and Child.
struct ExitFacts {
  std::int32_t wait_status = 0;  // as waitpid gives it
  Stage failed_stage = Stage::none;
  std::int32_t failed_errno = 0;
  std::uint32_t unknown = 0;  // 1: the child of a killed keeper, so nobody could wait for it
  std::int64_t monotonic_ns = 0;
  std::int64_t wall_us = 0;
};
struct Exited : Record<Kind::exited> {
  std::uint64_t start_id = 0;
  std::int32_t pid = 0;
  std::uint32_t reserved = 0;
  ExitFacts exit;
};
struct SignalReceived : Record<Kind::signal_received> {
  std::int32_t signo = 0;
  std::int32_t sender_pid = 0;
};
/// kill() failed, other than by "no such process" (contract supervisor.md 2.5).
struct SignalFailed : Record<Kind::signal_failed> {
  std::uint64_t start_id = 0;
  std::int32_t signo = 0;
  std::int32_t error = 0;
};
enum ChildFlag : std::uint32_t {
  child_ended = 1,  // `exit` holds
  child_found = 2,  // started by a keeper that was killed
};
/// One child in the answer to List, alive or ended and not yet acknowledged. Comes with its descriptors.
struct Child : Record<Kind::child> {
  std::uint64_t start_id = 0;
  std::uint64_t start_time_ticks = 0;
  std::int32_t pid = 0;
  std::uint32_t descriptors = 0;
  std::uint32_t flags = 0;  // ChildFlag
  std::uint32_t size = 0;   // of the blob
  ExitFacts exit;
  char tail[max_blob] = {};
};
/// In the answer to List when an agent blob was set; comes with the memfd.
struct AgentBlob : Record<Kind::agent_blob> {};
struct ListEnd : Record<Kind::list_end> {
  std::uint32_t children = 0;
};
struct Held : Record<Kind::held> {
  char name[max_name] = {};
};
struct HeldEnd : Record<Kind::held_end> {
  std::uint32_t count = 0;
};
/// The answer to Fetch; comes with the descriptors. None when the child is not known (any more).
struct Descriptors : Record<Kind::descriptors> {
  std::uint64_t start_id = 0;
  std::uint32_t descriptors = 0;  // DescriptorBit
  std::uint32_t reserved = 0;
};
/// No descriptor was left for what was to be held: it will not outlive the agent.
struct HoldFailed : Record<Kind::hold_failed> {
  char name[max_name] = {};
};
/// A process nobody started here was reaped (the keeper is PID 1).
struct Reaped : Record<Kind::reaped> {
  std::int32_t pid = 0;
  std::int32_t wait_status = 0;
};

// ---- bytes ----

/// How many bytes of `record` are to be sent: all fixed fields and the used part of the tail.
template <typename R>
std::size_t wire_size(const R& record) {
  static_assert(std::is_trivially_copyable_v<R> && sizeof(R) <= max_packet);
  if constexpr (requires { record.tail; }) {
    return sizeof(R) - sizeof(record.tail) + record.size;
  } else {
    return sizeof(R);
  }
}

/// The kind of a packet, or 0 when it is no packet of this protocol.
inline std::uint16_t kind_of(const void* packet, std::size_t length) {
  Header header;
  if (length < sizeof(Header)) {
    return 0;
  }
  std::memcpy(&header, packet, sizeof(Header));
  return header.magic == protocol_magic && header.version != 0 ? header.kind : 0;
}

/// Reads a packet as an R. False when it is another kind, shorter than R's fixed fields, or its tail is not
/// whole.
template <typename R>
bool read_record(const void* packet, std::size_t length, R& out) {
  static_assert(std::is_trivially_copyable_v<R>);
  if (kind_of(packet, length) != static_cast<std::uint16_t>(R::kind)) {
    return false;
  }
  std::size_t fixed = sizeof(R);
  if constexpr (requires { out.tail; }) {
    fixed -= sizeof(out.tail);
  }
  if (length < fixed) {
    return false;
  }
  out = R{};
  std::memcpy(static_cast<void*>(&out), packet, length < sizeof(R) ? length : sizeof(R));
  if constexpr (requires { out.tail; }) {
    return out.size <= sizeof(out.tail) && out.size <= length - fixed;
  }
  return true;
}

/// Fills the tail of a record; false (nothing changed) when it does not fit.
template <typename R>
bool set_tail(R& record, std::string_view bytes) {
  if (bytes.size() > sizeof(record.tail)) {
    return false;
  }
  std::memcpy(record.tail, bytes.data(), bytes.size());
  record.size = static_cast<std::uint32_t>(bytes.size());
  return true;
}

/// The used part of a tail.
template <typename R>
std::string_view tail_of(const R& record) {
  return {record.tail, record.size};
}

/// Fills the name of a Hold, Release or Held; false when it is empty or too long.
template <typename R>
bool set_name(R& record, std::string_view name) {
  if (name.empty() || name.size() >= sizeof(record.name)) {
    return false;
  }
  std::memset(record.name, 0, sizeof(record.name));
  std::memcpy(record.name, name.data(), name.size());
  return true;
}

/// The name in a record; empty when it is not terminated.
template <typename R>
std::string_view name_in(const R& record) {
  const std::size_t length = ::strnlen(record.name, sizeof(record.name));
  return length < sizeof(record.name) ? std::string_view{record.name, length} : std::string_view{};
}

}  // namespace holdfast::keeper
