// log_pipe.hpp: how a program's output gets from its pipe into a file with no byte lost or doubled, at any
// instant of a SIGKILL of the agent. peek() copies bytes without taking them (tee); begin() notes in shared
// memory, which the keeper holds too, what is about to be written where; the caller writes; finish() takes
// the bytes out of the pipe. The next agent asks open_intents() before it reads any pipe and undoes what was
// begun and not finished.
//
// How finish() is seen to have happened: the last byte taken is read from the pipe straight into the shared
// memory, over a mark that differs from it. One system call takes the bytes and sets the evidence; no kill
// can fall between.
//
// Any thread, but one LogPump with all its LogPipes belongs to one thread (the disk thread). Blocks only on
// the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "keeper/protocol.hpp"

namespace holdfast::system {

/// The name under which the keeper holds the memfd of LogIntents.
inline constexpr std::string_view log_intents_name = "log-intents";

/// A stretch of a log file that is about to be appended.
struct LogSpan {
  std::string_view path;     // absolute, shorter than 4096
  std::uint64_t device = 0;  // of the open file, so that a file of the same name is not cut by mistake
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  // the file's size before
  std::uint64_t length = 0;  // how many bytes are to be written; may differ from what is taken (filters)
  std::uint64_t number = 0;  // the caller's, given back by open_intents (not for what comes from a spool)
};

/// A write that was begun by an agent that died, and whose bytes are still in the pipe.
struct OpenIntent {
  std::uint64_t start_id = 0;
  keeper::Channel channel = keeper::Channel::out;
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t number = 0;
};

class LogPipe;
struct IntentSlot;  // the layout in shared memory
struct IntentTable;

/// The shared table. The first agent creates it and has the keeper hold it; later ones adopt it.
class LogIntents {
 public:
  static Result<LogIntents> create();
  static Result<LogIntents> adopt(UniqueFd held);
  LogIntents(LogIntents&& other) noexcept;
  LogIntents& operator=(LogIntents&& other) noexcept;
  LogIntents(const LogIntents&) = delete;
  LogIntents& operator=(const LogIntents&) = delete;
  ~LogIntents();

  /// For KeeperClient::hold(log_intents_name, …).
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// What the agent before left half done. `spool_of` gives the spool descriptor of a channel found at
  /// re-adoption, or -1.
  [[nodiscard]] std::vector<OpenIntent> open_intents(
      const std::function<int(std::uint64_t start_id, keeper::Channel)>& spool_of) const;
  /// After all of them are undone, and before the first LogPump.
  void clear();

 private:
  friend class LogPump;
  LogIntents() = default;
  UniqueFd fd_;
  IntentTable* table_ = nullptr;
};

/// Cuts the file of `intent` back to where it was. Nothing is changed when the file is another one by now or
/// was cut shorter meanwhile; that is not an error.
Status undo(const OpenIntent& intent);

/// What one thread needs to move output: a scratch pipe, a buffer, one slot of the table. Not movable: pipes
/// refer to it.
class LogPump {
 public:
  /// `slot` < log_pump_slots, used by no other LogPump.
  static Result<std::unique_ptr<LogPump>> create(LogIntents& intents, std::size_t slot);
  LogPump(const LogPump&) = delete;
  LogPump& operator=(const LogPump&) = delete;

 private:
  friend class LogPipe;
  LogPump() = default;
  IntentSlot* slot_ = nullptr;
  UniqueFd scratch_read_;
  UniqueFd scratch_write_;
  const LogPipe* peeked_by_ = nullptr;  // whose bytes the buffer holds
  std::unique_ptr<char[]> buffer_;      // limits::log_chunk_bytes, whose pages come with their first use
};

/// One output channel of one child.
class LogPipe {
 public:
  struct Chunk {
    std::string_view bytes;  // valid until the pump is used again; empty: nothing there now
    bool ended = false;      // nothing there, and no writer is left
    bool from_spool = false;
  };

  /// `pump` outlives the pipe. `spool` may be invalid.
  LogPipe(LogPump& pump, std::uint64_t start_id, keeper::Channel channel, UniqueFd pipe, UniqueFd spool);

  [[nodiscard]] int descriptor() const { return pipe_.get(); }  // to wait for readability; non-blocking
  /// True until every byte of the spool is taken; no readiness is to be waited for. Then say spool_taken() to
  /// the keeper.
  [[nodiscard]] bool spool_left() const { return spool_left_; }

  /// What comes next, at most `most` bytes (and limits::log_chunk_bytes). Nothing has left the pipe.
  Result<Chunk> peek(std::size_t most = limits::log_chunk_bytes);
  /// Before the first byte of `span` is written: that write stands for the first `take` bytes of the chunk
  /// last peeked.
  void begin(const LogSpan& span, std::size_t take);
  /// After it is written (or the write failed and the bytes are given up): takes the bytes out of the pipe.
  Status finish();
  /// Instead of finish(), when nothing of `span` is in the file: the bytes stay and are peeked again.
  void abandon();

  /// Takes bytes without a file (sink `none`, or sinks that cannot be cut back: at least once): reads and
  /// forgets.
  Result<Chunk> drop();
  /// Takes `count` bytes of the chunk last peeked without any note.
  Status take(std::size_t count);

 private:
  Result<Chunk> peek_spool(std::size_t most);
  Status take_from_spool(std::size_t count);
  Status take_from_pipe(std::size_t count, char* last);

  LogPump& pump_;
  std::uint64_t start_id_;
  keeper::Channel channel_;
  UniqueFd pipe_;
  UniqueFd spool_;
  std::uint64_t spool_position_ = 0;
  std::size_t peeked_ = 0;
  std::size_t begun_ = 0;
  bool spool_left_ = false;
};

}  // namespace holdfast::system
