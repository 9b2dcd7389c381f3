#include "storage/line_buffer.hpp"

#include <mutex>
#include <utility>

namespace holdfast::storage {

LineBuffer::LineBuffer(std::size_t bytes_max) : bytes_max_(bytes_max) {
  filling_.reserve(bytes_max);
  writing_.reserve(bytes_max);
}

LineBuffer::Added LineBuffer::add(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) {
    size += part.size();
  }
  const std::lock_guard guard(lock_);
  // All or nothing, and never a reallocation: drain_at_crash may read the buffer at any instant.
  if (size > bytes_max_ - filling_.size()) {
    ++refused_;
    return Added::refused;
  }
  for (const std::string_view part : parts) {
    filling_.append(part);
  }
  return std::exchange(scheduled_, true) ? Added::waits : Added::schedule;
}

void LineBuffer::unscheduled() {
  const std::lock_guard guard(lock_);
  scheduled_ = false;
}

LineBuffer::Taken LineBuffer::take() {
  const std::lock_guard guard(lock_);
  writing_.clear();
  writing_.swap(filling_);
  in_flight_.store(!writing_.empty(), std::memory_order_release);
  scheduled_ = false;
  return {writing_, std::exchange(refused_, 0)};
}

}  // namespace holdfast::storage
