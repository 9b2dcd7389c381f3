#include "drivers/programs/program_requests.hpp"

#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "drivers/programs/program_texts.hpp"

namespace holdfast {
namespace {

template <typename Request>
concept HasId = requires(Request request) {
  request.id;
};

}  // namespace

void ProgramRequests::add(supervision::Input& request, const api::Caller& caller, Answer answer) {
  const std::uint64_t number = next_++;
  std::visit(
      [number](auto& each) {
        if constexpr (HasId<std::remove_cvref_t<decltype(each)>>) {
          each.id = supervision::RequestId{number};
        }
      },
      request);
  answers_[number] = [this, asked = asked_of(request), caller,
                      answer = std::move(answer)](const supervision::Completed& completed) {
    history_.record(storage::Action{wall_now(), caller.operation, caller.user, caller.origin, node_, asked.application,
                                    asked.process, asked.action, outcome_of(completed)});
    answer(completed);
  };
}

void ProgramRequests::complete(const supervision::Completed& completed) {
  const auto found = answers_.find(supervision::number_of(completed.id));
  if (found != answers_.end()) {
    const Answer answer = std::move(found->second);
    answers_.erase(found);
    answer(completed);
  }
}

void ProgramRequests::record_signal(int signo, const std::string& outcome) {
  const char* name = ::sigabbrev_np(signo);
  history_.record(storage::Action{wall_now(), "", "", "signal", node_, "", "",
                                  "SIG" + std::string(name == nullptr ? std::to_string(signo) : name), outcome});
}

supervision::RequestId id_of(const supervision::Input& request) {
  return std::visit(
      [](const auto& each) {
        if constexpr (HasId<std::remove_cvref_t<decltype(each)>>) {
          return each.id;
        } else {
          return supervision::RequestId{0};
        }
      },
      request);
}

}  // namespace holdfast
