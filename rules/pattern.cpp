#include "rules/pattern.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::rules {

bool Pattern::is_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

// Threads in order of preference; a program counter is in it at most once.
struct Pattern::ThreadList {
  std::vector<Thread> threads;
  std::vector<bool> present;
  explicit ThreadList(std::size_t size) : present(size, false) { threads.reserve(size); }
  void clear() {
    threads.clear();
    std::fill(present.begin(), present.end(), false);
  }
};

bool Pattern::consumes(const Instruction& instruction, unsigned char c) const {
  switch (instruction.op) {
    case Op::byte:
      return instruction.byte == c;
    case Op::any:
      return c != '\n';
    case Op::set:
      return classes_[instruction.a][c];
    case Op::split:
    case Op::jump:
    case Op::begin:
    case Op::end:
    case Op::boundary:
    case Op::not_boundary:
    case Op::match:
      return false;
  }
  return false;
}

// Follows everything that consumes nothing, preferred branch first, with a stack of its own instead of
// recursion.
void Pattern::add(ThreadList& list, Thread thread, std::string_view subject, std::size_t at) const {
  std::vector<std::uint32_t> stack{thread.pc};
  while (!stack.empty()) {
    const auto pc = stack.back();
    stack.pop_back();
    if (list.present[pc]) {
      continue;
    }
    list.present[pc] = true;
    const Instruction& instruction = program_[pc];
    const bool before = at > 0 && is_word(static_cast<unsigned char>(subject[at - 1]));
    const bool after = at < subject.size() && is_word(static_cast<unsigned char>(subject[at]));
    switch (instruction.op) {
      case Op::jump:
        stack.push_back(instruction.a);
        break;
      case Op::split:
        stack.push_back(instruction.b);
        stack.push_back(instruction.a);
        break;
      case Op::begin:
        if (at == 0) {
          stack.push_back(pc + 1);
        }
        break;
      case Op::end:
        if (at == subject.size()) {
          stack.push_back(pc + 1);
        }
        break;
      case Op::boundary:
        if (before != after) {
          stack.push_back(pc + 1);
        }
        break;
      case Op::not_boundary:
        if (before == after) {
          stack.push_back(pc + 1);
        }
        break;
      case Op::byte:
      case Op::any:
      case Op::set:
      case Op::match:
        list.threads.push_back({pc, thread.start});
        break;
    }
  }
}

std::optional<std::size_t> Pattern::search(std::string_view subject) const {
  if (subject.size() > limits::rules_name_max) {
    return std::nullopt;
  }
  ThreadList now(program_.size());
  ThreadList next(program_.size());
  std::optional<std::size_t> length;
  for (std::size_t at = 0; at <= subject.size(); ++at) {
    if (!length) {
      add(now, {0, at}, subject, at);  // last: a match that began earlier is preferred
    }
    next.clear();
    for (const Thread& thread : now.threads) {
      const Instruction& instruction = program_[thread.pc];
      if (instruction.op == Op::match) {
        length = at - thread.start;
        break;  // everything after it is less preferred
      }
      if (at < subject.size() && consumes(instruction, static_cast<unsigned char>(subject[at]))) {
        add(next, {thread.pc + 1, thread.start}, subject, at + 1);
      }
    }
    std::swap(now, next);
    if (length && now.threads.empty()) {
      break;
    }
  }
  return length;
}

}  // namespace holdfast::rules
