#include "drivers/programs/unread_children.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "keeper/free_descriptors.hpp"

namespace holdfast {
namespace {

constexpr const char* kAbout = "descriptors";

}  // namespace

UnreadChildren::UnreadChildren(system::EventLoop& loop, system::Keeper& keeper, storage::MainLog& log,
                               DescriptorLedger& ledger, Warnings& warnings)
    : loop_(loop), keeper_(keeper), log_(log), ledger_(ledger), warnings_(warnings), timer_(loop) {}

void UnreadChildren::add(std::uint64_t start_id, std::string name, std::size_t need, Attach attach) {
  if (waiting_.empty()) {
    const std::string text = "file descriptors are short: the output of " + name +
                             " (and of who follows) stays in its pipe until some are free; nothing of it is "
                             "lost, the program goes on until "
                             "the pipe is full. Raise the hard limit (ulimit -Hn, LimitNOFILE=)";
    log_.error(text);
    warnings_.set_warning(kAbout, text);
    timer_.set(monotonic_now() + limits::unread_look_period, [this] { turn(); });
  }
  waiting_.push_back({start_id, std::move(name), need, std::move(attach), nullptr, std::nullopt});
}

bool UnreadChildren::contains(std::uint64_t start_id) const {
  return std::ranges::any_of(waiting_, [&](const Waiting& each) { return each.start_id == start_id; });
}

void UnreadChildren::ended(std::uint64_t start_id, std::function<void()> then) {
  for (Waiting& each : waiting_) {
    if (each.start_id == start_id) {
      each.then = std::move(then);
      each.give_up_at = monotonic_now() + limits::unread_end_wait;
    }
  }
  look();
}

/// Who has ended comes first: it holds what it is given only until its last output is in its logs, and so may also have
/// what is kept free for other things.
void UnreadChildren::look() {
  if (asked_ || waiting_.empty()) {
    return;
  }
  const auto ended = std::ranges::find_if(waiting_, [](const Waiting& each) { return each.then != nullptr; });
  const Waiting& next = ended == waiting_.end() ? waiting_.front() : *ended;
  if (!ledger_.take(next.start_id, next.need) && !(next.then && keeper::descriptors_left(next.need))) {
    return;
  }
  asked_ = next.start_id;
  if (!keeper_.fetch(*asked_)) {
    ledger_.release(*std::exchange(asked_, std::nullopt));
  }
}

void UnreadChildren::arrived(std::uint64_t start_id, system::ChildDescriptors descriptors, bool cut) {
  if (asked_ != start_id) {
    return;
  }
  asked_.reset();
  if (cut) {
    ledger_.release(start_id);  // asked again in the next turn
    return;
  }
  const auto at = std::ranges::find(waiting_, start_id, &Waiting::start_id);
  if (at != waiting_.end()) {
    const Attach attach = std::move(at->attach);
    const std::function<void()> then = std::move(at->then);
    leave(at);
    attach(std::move(descriptors));
    if (then) {
      then();
    }
  } else {
    ledger_.release(start_id);  // given up meanwhile
  }
  look();
}

void UnreadChildren::leave(const std::deque<Waiting>::iterator& at) {
  waiting_.erase(at);
  if (waiting_.empty()) {
    timer_.cancel();
    log_.info("file descriptors are free again: the output of every program is read");
    warnings_.set_warning(kAbout, {});
  }
}

/// What was asked and not answered whole is asked again; an end is told at last also without its output.
void UnreadChildren::turn() {
  timer_.set(monotonic_now() + limits::unread_look_period, [this] { turn(); });
  if (asked_) {
    ledger_.release(*std::exchange(asked_, std::nullopt));
  }
  const Instant now = monotonic_now();
  const auto overdue =
      std::ranges::find_if(waiting_, [&](const Waiting& each) { return each.give_up_at && *each.give_up_at <= now; });
  if (overdue != waiting_.end()) {
    log_.error("the last output of " + overdue->name + " is lost: no file descriptor was free to read it with");
    const std::function<void()> then = std::move(overdue->then);
    leave(overdue);
    then();
  }
  look();
}

}  // namespace holdfast
