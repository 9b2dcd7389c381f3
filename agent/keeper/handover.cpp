#include "keeper/handover.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <charconv>
#include <cstdlib>

#include "keeper/limits.hpp"
#include "keeper/spawn_request.hpp"

namespace holdfast::keeper {
namespace {

constexpr const char* state_variable = "HOLDFAST_KEEPER_STATE";  // the memfd's number
constexpr std::uint64_t state_magic = 0x3150'4B45'4548'4648;     // "HFHEEKP1"

using detail::Decoder;
using detail::Encoder;

void put(Encoder& out, const Fd& fd) {
  out.u32(static_cast<std::uint32_t>(fd.get()));
}

/// Every descriptor of a state, to be kept through exec.
void each_descriptor(const HandoverState& state, const std::function<void(int)>& visit) {
  const auto offer = [&](const Fd& fd) {
    if (fd.valid()) {
      visit(fd.get());
    }
  };
  offer(state.agent_blob);
  offer(state.children_file);
  offer(state.ran);
  for (const auto& [name, fd] : state.held) {
    offer(fd);
  }
  for (const auto& [start_id, child] : state.children) {
    offer(child.ends.stdin_write);
    offer(child.ends.stdout_read);
    offer(child.ends.stderr_read);
    offer(child.spools[0].file);
    offer(child.spools[1].file);
    offer(child.pidfd);
  }
}

void encode_child(Encoder& out, std::uint64_t start_id, const ManagedChild& child) {
  out.u64(start_id);
  out.u32(static_cast<std::uint32_t>(child.pid));
  out.u64(child.start_time_ticks);
  put(out, child.ends.stdin_write);
  put(out, child.ends.stdout_read);
  put(out, child.ends.stderr_read);
  for (const Spool& spool : child.spools) {
    put(out, spool.file);
    out.u64(spool.bytes);
  }
  put(out, child.pidfd);
  out.u64(child.slot);
  out.u32((child.ended ? 1U : 0U) | (child.found ? 2U : 0U));
  out.text({reinterpret_cast<const char*>(&child.exit), sizeof child.exit});
  out.text(child.blob);
}

/// Numbers until the whole state is known to be good: an Fd closes what it does not give away.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : in(bytes) {}
  Decoder in;
  /// A descriptor for `to`; taken only by commit().
  void fd(Fd& to) { wanted_.emplace_back(&to, static_cast<int>(in.u32())); }
  void commit() {
    for (const auto& [to, number] : wanted_) {
      *to = Fd(number);
    }
  }

 private:
  std::vector<std::pair<Fd*, int>> wanted_;
};

void decode_child(Reader& reader, HandoverState& state) {
  Decoder& in = reader.in;
  ManagedChild& child = state.children[in.u64()];
  child.pid = static_cast<pid_t>(in.u32());
  child.start_time_ticks = in.u64();
  reader.fd(child.ends.stdin_write);
  reader.fd(child.ends.stdout_read);
  reader.fd(child.ends.stderr_read);
  for (Spool& spool : child.spools) {
    reader.fd(spool.file);
    spool.bytes = in.u64();
  }
  reader.fd(child.pidfd);
  child.slot = static_cast<std::size_t>(in.u64());
  const std::uint32_t flags = in.u32();
  child.ended = (flags & 1U) != 0;
  child.found = (flags & 2U) != 0;
  const std::string_view exit = in.bytes();
  exit.copy(reinterpret_cast<char*>(&child.exit), sizeof child.exit);
  child.blob = in.bytes();
  if (child.slot >= max_children || child.blob.size() > max_blob) {
    in.refuse();
  }
}

[[noreturn]] void exec_question(const std::string& program, int memfd, int words) {
  fcntl(memfd, F_SETFD, 0);
  if (words >= 0) {
    dup2(words, STDERR_FILENO);
  }
  char* const argv[] = {const_cast<char*>(program.c_str()), nullptr};  // NOLINT: execv writes to none
  execv(program.c_str(), argv);
  const std::string_view why = strerror(errno);
  [[maybe_unused]] const ssize_t wrote = ::write(STDERR_FILENO, why.data(), why.size());
  _exit(127);
}

/// Starts the new program beside us with the question whether it understands. Its words are the answer: any program
/// can end with status 0. `reason`: why not.
bool understands(const std::string& program, int memfd, std::string& reason) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    reason = std::string("no pipe for its answer: ") + strerror(errno);
    return false;
  }
  const Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    exec_question(program, memfd, write_end.get());
  }
  const Fd pidfd(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1);
  pollfd watched{pidfd.get(), POLLIN, 0};
  const bool late = pid > 0 && (!pidfd.valid() || poll(&watched, 1, limits::handover_answer_ms) != 1);
  if (late) {
    kill(pid, SIGKILL);
  }
  int status = -1;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  char buffer[1024];
  const ssize_t got = read_end.valid() ? ::read(read_end.get(), buffer, sizeof buffer) : -1;
  const std::string words(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  const bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (good && words.find(state_understood) != std::string::npos) {
    return true;
  }
  reason = pid < 0          ? std::string("no process to try it with")
           : late           ? "it did not answer within " + std::to_string(limits::handover_answer_ms / 1000) + " s"
           : good           ? std::string("it ended without an answer: it is no keeper of this kind")
           : !words.empty() ? words
                            : "it " + end_text(status);
  return false;
}

}  // namespace

std::string encode(const HandoverState& state) {
  Encoder out;
  out.u64(state_magic);
  out.u32(static_cast<std::uint32_t>(getpid()));
  out.text(state.settings.pidfile);
  out.text(state.settings.state_dir);
  out.u32(static_cast<std::uint32_t>(state.settings.restart_delays_ms.size()));
  for (const std::uint32_t delay : state.settings.restart_delays_ms) {
    out.u32(delay);
  }
  out.u64(state.limits.nofile_before);
  out.u64(state.limits.nproc_before);
  out.u64(state.limits.nofile_programs);
  out.u64(state.limits.nproc_programs);
  out.u32(state.agent_starts);
  out.u32(static_cast<std::uint32_t>(state.last_wait_status));
  out.u32(static_cast<std::uint32_t>(state.pidfile_errno));
  put(out, state.agent_blob);
  put(out, state.children_file);
  out.u32(static_cast<std::uint32_t>(state.held.size()));
  for (const auto& [name, fd] : state.held) {
    out.text(name);
    put(out, fd);
  }
  out.u32(static_cast<std::uint32_t>(state.children.size()));
  for (const auto& [start_id, child] : state.children) {
    encode_child(out, start_id, child);
  }
  put(out, state.ran);
  return out.take();
}

std::optional<HandoverState> decode_handover_state(std::string_view bytes) {
  HandoverState state;
  Reader reader(bytes);
  Decoder& in = reader.in;
  if (in.u64() != state_magic) {
    return std::nullopt;
  }
  in.u32();  // the pid: inherit()
  state.settings.pidfile = in.text();
  state.settings.state_dir = in.text();
  state.settings.restart_delays_ms.clear();
  for (std::uint32_t left = in.u32(); in.ok() && left > 0; --left) {
    state.settings.restart_delays_ms.push_back(in.u32());
  }
  state.limits.nofile_before = in.u64();
  state.limits.nproc_before = in.u64();
  state.limits.nofile_programs = in.u64();
  state.limits.nproc_programs = in.u64();
  state.agent_starts = in.u32();
  state.last_wait_status = static_cast<std::int32_t>(in.u32());
  state.pidfile_errno = static_cast<std::int32_t>(in.u32());
  reader.fd(state.agent_blob);
  reader.fd(state.children_file);
  for (std::uint32_t left = in.u32(); in.ok() && left > 0; --left) {
    reader.fd(state.held[in.text()]);
  }
  for (std::uint32_t left = in.u32(); in.ok() && left > 0; --left) {
    decode_child(reader, state);
  }
  if (in.ok() && !in.at_end()) {  // a keeper of before did not know it
    reader.fd(state.ran);
  }
  if (!in.ok() || state.settings.restart_delays_ms.empty()) {  // what a newer keeper added is at the end
    return std::nullopt;
  }
  reader.commit();
  return state;
}

std::string end_text(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signo = WTERMSIG(wait_status);
    const char* name = sigdescr_np(signo);
    return "was ended by signal " + std::to_string(signo) + (name == nullptr ? "" : " (" + std::string(name) + ")");
  }
  return "ended with status " + std::to_string(WEXITSTATUS(wait_status));
}

int become(const std::string& program, const std::vector<std::string>& arguments, const HandoverState& state,
           std::string& reason) {
  const Fd memfd = make_sealed_memfd("keeper-state", encode(state));
  if (!memfd.valid()) {
    const int error = errno;
    reason = strerror(error);
    return error;
  }
  setenv(state_variable, std::to_string(memfd.get()).c_str(), 1);
  int error = handover_refused;
  if (understands(program, memfd.get(), reason)) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};  // NOLINT: execv writes to none of them
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
    }
    argv.push_back(nullptr);
    fcntl(memfd.get(), F_SETFD, 0);
    each_descriptor(state, [](int fd) { fcntl(fd, F_SETFD, 0); });
    execv(program.c_str(), argv.data());
    error = errno;
    reason = strerror(error);
    each_descriptor(state, [](int fd) { fcntl(fd, F_SETFD, FD_CLOEXEC); });
  }
  unsetenv(state_variable);
  return error;
}

Inherited inherit(HandoverState& out) {
  const char* text = getenv(state_variable);
  if (text == nullptr) {
    return Inherited::nothing;
  }
  const std::string_view number(text);
  int fd = -1;
  std::from_chars(number.data(), number.data() + number.size(), fd);
  unsetenv(state_variable);
  const Fd memfd(fd);
  const std::optional<std::string> bytes = read_sealed_memfd(memfd.get(), limits::max_handover_state);
  std::optional<HandoverState> state = bytes ? decode_handover_state(*bytes) : std::nullopt;
  if (!state) {
    return Inherited::trouble;
  }
  Decoder head(*bytes);
  head.u64();
  const bool ours = head.u32() == static_cast<std::uint32_t>(getpid());
  out = std::move(*state);
  return ours ? Inherited::state : Inherited::question;
}

}  // namespace holdfast::keeper
