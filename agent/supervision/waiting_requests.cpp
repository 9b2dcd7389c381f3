#include "supervision/waiting_requests.hpp"

#include <utility>

#include "base/limits.hpp"

namespace holdfast::supervision {
namespace {

using Verdict = std::optional<std::variant<Done, FaultText>>;

ProcessResult row_of(const ProcessKey& key, const std::variant<Done, FaultText>& verdict) {
  if (const auto* fault = std::get_if<FaultText>(&verdict)) {
    return {key, fault->fault, text_of(*fault)};
  }
  return {key, Fault::success, "OK"};
}

/// A start in progress, at a change of state (contract 4.6: the first failed try is the answer, later tries
/// go on).
Verdict judge_start(const std::string& name, const StateChanged& change) {
  if (!change.spawnerr.empty()) {
    return FaultText{Fault::spawn_error, name};
  }
  if (change.to == ProcessState::running) {
    return Done{};
  }
  if (change.to == ProcessState::starting) {
    return std::nullopt;
  }
  return FaultText{Fault::abnormal_termination, name};
}

Verdict judge(const WaitingRequests::Member& member, const StateChanged& change) {
  switch (member.what) {
    case Awaited::spawned:
    case Awaited::running:
      return judge_start(member.name, change);
    case Awaited::signalled:
      if (change.to == ProcessState::stopping || is_stopped(change.to)) {
        return Done{};
      }
      return std::nullopt;
    case Awaited::stopped:
      if (change.to == ProcessState::unknown) {
        return FaultText{Fault::failed, "unknown problem killing " + change.key.name};
      }
      if (is_stopped(change.to)) {
        return Done{};
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void WaitingRequests::add_single(RequestId id, const ProcessKey& key, std::uint64_t ordinal, std::string name,
                                 Awaited what) {
  requests_.push_back({id, true, {}, {{key, ordinal, std::move(name), what}}});
}

void WaitingRequests::add_many(RequestId id, std::vector<ProcessResult> rows, std::vector<Member> members) {
  requests_.push_back({id, false, std::move(rows), std::move(members)});
}

void WaitingRequests::on_spawned(std::uint64_t ordinal, std::vector<Effect>& effects) {
  settle(ordinal, effects, [](const Member& member) -> Verdict {
    return member.what == Awaited::spawned ? Verdict(Done{}) : std::nullopt;
  });
}

void WaitingRequests::on_change(const StateChanged& change, std::vector<Effect>& effects) {
  if (change.from == change.to) {
    return;
  }
  settle(change.ordinal, effects, [&](const Member& member) { return judge(member, change); });
}

bool WaitingRequests::full() const {
  return requests_.size() >= limits::waiting_requests;
}

template <typename Judge>
void WaitingRequests::settle(std::uint64_t ordinal, std::vector<Effect>& effects, Judge judge_member) {
  bool any_complete = false;
  for (Request& request : requests_) {
    for (std::size_t i = 0; i < request.members.size();) {
      const Member& member = request.members[i];
      const Verdict verdict = member.ordinal == ordinal ? judge_member(member) : std::nullopt;
      if (!verdict) {
        ++i;
        continue;
      }
      if (request.single) {
        std::visit(
            [&](const auto& answer) {
              effects.emplace_back(Completed{request.id, answer});
            },
            *verdict);
      } else {
        request.rows.push_back(row_of(member.key, *verdict));
      }
      request.members.erase(request.members.begin() + static_cast<std::ptrdiff_t>(i));
      if (request.members.empty()) {
        any_complete = true;
        if (!request.single) {
          effects.emplace_back(Completed{request.id, std::move(request.rows)});
        }
      }
    }
  }
  if (any_complete) {
    std::erase_if(requests_, [](const Request& request) { return request.members.empty(); });
  }
}

}  // namespace holdfast::supervision
