#include "system/log_pipe.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/limits.hpp"
#include "keeper/log_spool.hpp"

namespace holdfast::system {

struct IntentSlot {
  std::uint32_t open = 0;  // 1 from begin() to finish(); set last, cleared first
  std::uint32_t from_spool = 0;
  std::uint64_t start_id = 0;
  std::uint32_t channel = 0;
  char last = 0;      // the last byte to be taken from the pipe ...
  char evidence = 0;  // ... which finish() puts here; until then it differs
  char padding[2] = {};
  std::uint64_t spool_before = 0;  // `taken` of the spool; it differs after finish(). From the pipe: the number
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  char path[limits::log_path_bytes] = {};
};

struct IntentTable {
  static constexpr std::uint64_t expected = 0x3154'4E49'474F'4C48;  // "HLOGINT1"
  std::uint64_t magic = expected;
  IntentSlot slots[limits::log_pump_slots];
};

namespace {

Error failed(const std::string& what) {
  return Error{what + ": " + std::strerror(errno), errno};
}

Result<IntentTable*> map_table(int fd) {
  void* at = mmap(nullptr, sizeof(IntentTable), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    return failed("the table of log intents cannot be mapped");
  }
  return static_cast<IntentTable*>(at);
}

/// The order of what is stored here must be the order of the program: the reader is another process, after
/// our death.
void fence() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::optional<std::uint64_t> spool_taken(int spool) {
  keeper::SpoolHeader header;
  const keeper::SpoolHeader wanted;
  if (pread(spool, &header, sizeof header, 0) != ssize_t{sizeof header} || header.magic != wanted.magic) {
    return std::nullopt;
  }
  return header.taken;
}

}  // namespace

// ---- LogIntents ----

Result<LogIntents> LogIntents::create() {
  LogIntents intents;
  intents.fd_.reset(memfd_create("log-intents", MFD_CLOEXEC));
  if (!intents.fd_.valid() || ftruncate(intents.fd_.get(), off_t{sizeof(IntentTable)}) != 0) {
    return failed("no memfd for the table of log intents");
  }
  Result<IntentTable*> table = map_table(intents.fd_.get());
  if (!table.ok()) {
    return table.error();
  }
  intents.table_ = table.value();
  new (intents.table_) IntentTable;
  return intents;
}

Result<LogIntents> LogIntents::adopt(UniqueFd held) {
  LogIntents intents;
  struct stat info {};
  intents.fd_ = std::move(held);
  if (fstat(intents.fd_.get(), &info) != 0 || info.st_size != off_t{sizeof(IntentTable)}) {
    return Error{"what the keeper holds is not this version's table of log intents", EINVAL};
  }
  Result<IntentTable*> table = map_table(intents.fd_.get());
  if (!table.ok()) {
    return table.error();
  }
  intents.table_ = table.value();
  if (intents.table_->magic != IntentTable::expected) {
    return Error{"what the keeper holds is not a table of log intents", EINVAL};
  }
  return intents;
}

LogIntents::LogIntents(LogIntents&& other) noexcept
    : fd_(std::move(other.fd_)), table_(std::exchange(other.table_, nullptr)) {}

LogIntents& LogIntents::operator=(LogIntents&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(table_, other.table_);
  return *this;
}

LogIntents::~LogIntents() {
  if (table_ != nullptr) {
    munmap(table_, sizeof(IntentTable));
  }
}

std::vector<OpenIntent> LogIntents::open_intents(
    const std::function<int(std::uint64_t, keeper::Channel)>& spool_of) const {
  std::vector<OpenIntent> found;
  for (const IntentSlot& slot : table_->slots) {
    const keeper::Channel channel = static_cast<keeper::Channel>(slot.channel);
    bool finished = slot.open == 0;
    if (!finished && slot.from_spool != 0) {
      const int spool = spool_of(slot.start_id, channel);
      finished = spool < 0 || spool_taken(spool) != slot.spool_before;
    } else if (!finished) {
      finished = slot.evidence == slot.last;
    }
    if (!finished) {
      const std::size_t path_length = strnlen(slot.path, sizeof slot.path);
      found.push_back(OpenIntent{slot.start_id, channel, std::string(slot.path, path_length), slot.device, slot.inode,
                                 slot.offset, slot.length, slot.from_spool == 0 ? slot.spool_before : 0});
    }
  }
  return found;
}

void LogIntents::clear() {
  for (IntentSlot& slot : table_->slots) {
    slot.open = 0;
  }
}

Status undo(const OpenIntent& intent) {
  const UniqueFd file(::open(intent.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info {};
  if (!file.valid() || fstat(file.get(), &info) != 0) {
    return errno == ENOENT ? Status{} : Status{failed("cannot take back the last write to " + intent.path)};
  }
  const std::uint64_t size = static_cast<std::uint64_t>(info.st_size);
  if (!S_ISREG(info.st_mode) || info.st_dev != intent.device || info.st_ino != intent.inode || size <= intent.offset ||
      size > intent.offset + intent.length) {
    return {};
  }
  if (ftruncate(file.get(), static_cast<off_t>(intent.offset)) != 0) {
    return failed("cannot take back the last write to " + intent.path);
  }
  return {};
}

// ---- LogPump ----

Result<std::unique_ptr<LogPump>> LogPump::create(LogIntents& intents, std::size_t slot) {
  CHECK(slot < limits::log_pump_slots);
  std::unique_ptr<LogPump> pump(new LogPump);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return failed("no scratch pipe for log output");
  }
  pump->scratch_read_.reset(ends[0]);
  pump->scratch_write_.reset(ends[1]);
  fcntl(ends[1], F_SETPIPE_SZ,
        static_cast<int>(limits::log_scratch_pipe_bytes));  // a wish; smaller chunks else
  pump->buffer_ = std::make_unique_for_overwrite<char[]>(limits::log_chunk_bytes);
  pump->slot_ = &intents.table_->slots[slot];
  return pump;
}

// ---- LogPipe ----

LogPipe::LogPipe(LogPump& pump, std::uint64_t start_id, keeper::Channel channel, UniqueFd pipe, UniqueFd spool)
    : pump_(pump), start_id_(start_id), channel_(channel), pipe_(std::move(pipe)), spool_(std::move(spool)) {
  if (spool_.valid()) {
    const std::optional<std::uint64_t> taken = spool_taken(spool_.get());
    spool_left_ = taken.has_value();
    spool_position_ = taken.value_or(0);
  }
}

Result<LogPipe::Chunk> LogPipe::peek(std::size_t most) {
  most = std::min(most, limits::log_chunk_bytes);
  peeked_ = 0;
  pump_.peeked_by_ = this;
  if (spool_left_) {
    Result<Chunk> chunk = peek_spool(most);
    if (!chunk.ok() || !chunk.value().bytes.empty()) {
      return chunk;
    }
    spool_left_ = false;
  }
  char* const buffer = pump_.buffer_.get();
  const ssize_t shown = tee(pipe_.get(), pump_.scratch_write_.get(), most, SPLICE_F_NONBLOCK);
  if (shown <= 0) {
    if (shown < 0 && errno != EAGAIN && errno != EINTR) {
      return failed("output of a program cannot be read");
    }
    return Chunk{{}, shown == 0, false};
  }
  while (peeked_ < static_cast<std::size_t>(shown)) {
    const ssize_t got = ::read(pump_.scratch_read_.get(), buffer + peeked_, static_cast<std::size_t>(shown) - peeked_);
    CHECK(got > 0 || errno == EINTR);  // tee has just put it there
    peeked_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return Chunk{{buffer, peeked_}, false, false};
}

Result<LogPipe::Chunk> LogPipe::peek_spool(std::size_t most) {
  char* const buffer = pump_.buffer_.get();
  const off_t at = static_cast<off_t>(sizeof(keeper::SpoolHeader) + spool_position_);
  const ssize_t got = pread(spool_.get(), buffer, most, at);
  if (got < 0) {
    return failed("the spool of a program cannot be read");
  }
  peeked_ = static_cast<std::size_t>(got);
  return Chunk{{buffer, peeked_}, false, true};
}

void LogPipe::begin(const LogSpan& span, std::size_t take) {
  CHECK(pump_.peeked_by_ == this && take > 0 && take <= peeked_ && span.path.size() < limits::log_path_bytes);
  IntentSlot& slot = *pump_.slot_;
  CHECK(slot.open == 0);
  begun_ = take;
  slot.from_spool = spool_left_ ? 1 : 0;
  slot.start_id = start_id_;
  slot.channel = static_cast<std::uint32_t>(channel_);
  slot.last = pump_.buffer_[take - 1];
  slot.evidence = static_cast<char>(~slot.last);
  slot.spool_before = spool_left_ ? spool_position_ : span.number;
  slot.device = span.device;
  slot.inode = span.inode;
  slot.offset = span.offset;
  slot.length = span.length;
  std::memcpy(slot.path, span.path.data(), span.path.size());
  slot.path[span.path.size()] = '\0';
  fence();
  slot.open = 1;
  fence();
}

Status LogPipe::finish() {
  IntentSlot& slot = *pump_.slot_;
  CHECK(slot.open == 1 && begun_ > 0);
  const Status taken = spool_left_ ? take_from_spool(begun_) : take_from_pipe(begun_, &slot.evidence);
  fence();
  slot.open = 0;
  begun_ = 0;
  return taken;
}

void LogPipe::abandon() {
  fence();
  pump_.slot_->open = 0;
  begun_ = 0;
}

Status LogPipe::take(std::size_t count) {
  CHECK(pump_.peeked_by_ == this && count <= peeked_);
  char last = 0;
  return count == 0 ? Status{} : spool_left_ ? take_from_spool(count) : take_from_pipe(count, &last);
}

Status LogPipe::take_from_spool(std::size_t count) {
  const std::uint64_t position = spool_position_ + count;
  const off_t at = offsetof(keeper::SpoolHeader, taken);
  if (pwrite(spool_.get(), &position, sizeof position, at) != ssize_t{sizeof position}) {
    return failed("the spool of a program cannot be marked as taken");
  }
  spool_position_ = position;
  peeked_ = 0;
  return {};
}

/// One system call: the bytes but the last go where they are already (peek read the same ones into the
/// buffer), the last one to `last`.
Status LogPipe::take_from_pipe(std::size_t count, char* last) {
  iovec parts[2] = {{pump_.buffer_.get(), count - 1}, {last, 1}};
  ssize_t got = -1;
  while ((got = readv(pipe_.get(), parts, 2)) < 0 && errno == EINTR) {
  }
  peeked_ = 0;
  if (got != static_cast<ssize_t>(count)) {
    return got < 0 ? failed("output of a program cannot be taken") : Error{"somebody else reads a program's output", 0};
  }
  return {};
}

Result<LogPipe::Chunk> LogPipe::drop() {
  if (spool_left_) {
    Result<Chunk> chunk = peek();
    if (!chunk.ok()) {
      return chunk;
    }
    const Status taken = take(peeked_);
    return taken.ok() ? chunk : Result<Chunk>(taken.error());
  }
  pump_.peeked_by_ = this;
  peeked_ = 0;
  char* const buffer = pump_.buffer_.get();
  const ssize_t got = ::read(pipe_.get(), buffer, limits::log_chunk_bytes);
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    return failed("output of a program cannot be read");
  }
  return Chunk{{buffer, got > 0 ? static_cast<std::size_t>(got) : 0}, got == 0, false};
}

}  // namespace holdfast::system
