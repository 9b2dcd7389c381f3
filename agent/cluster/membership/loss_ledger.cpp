#include "cluster/membership/loss_ledger.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/picture.hpp"

namespace holdfast::cluster {

bool LossLedger::add(const Ending& ending, Instant now) {
  forget_old(now);
  const auto [at, is_new] = entries_.try_emplace(ending.life);
  Entry& entry = at->second;
  if (is_new) {
    entry.at = std::min(ending.at, now);
  } else if (entry.planned || ending.seq < entry.seq) {
    return false;
  }
  entry.seq = ending.seq;
  bool opened = false;
  if (ending.planned) {
    entry.planned = true;
    entry.processes.clear();
  } else {
    for (const rules::ProcessId& id : ending.processes) {
      opened = entry.processes.try_emplace(id, Fate::open).second || opened;
    }
  }
  if (is_new || opened || ending.planned) {
    ++revision_;
  }
  forget_old(now);
  return opened;
}

void LossLedger::withdraw(const LifeId& life) {
  revision_ += entries_.erase(life);
}

std::vector<rules::ProcessId> LossLedger::hand_over(const LifeId& life) {
  std::vector<rules::ProcessId> ids;
  if (const auto at = entries_.find(life); at != entries_.end()) {
    for (auto& [id, fate] : at->second.processes) {
      if (fate == Fate::open) {
        fate = Fate::handed_over;
        ids.push_back(id);
      }
    }
  }
  return ids;
}

void LossLedger::forget_handed() {
  for (auto& [life, entry] : entries_) {
    for (auto& [id, fate] : entry.processes) {
      fate = fate == Fate::handed_over ? Fate::open : fate;
    }
  }
}

void LossLedger::runs(const rules::ProcessId& id) {
  for (auto& [life, entry] : entries_) {
    if (const auto at = entry.processes.find(id); at != entry.processes.end()) {
      at->second = Fate::runs_again;
    }
  }
}

std::vector<LossLedger::Ending> LossLedger::endings(Instant now) const {
  std::vector<Ending> endings;
  for (const auto& [life, entry] : entries_) {
    if (now - entry.at > limits::cluster_loss_age_max) {
      continue;
    }
    Ending ending{life, entry.seq, entry.planned, entry.at, {}};
    for (const auto& [id, fate] : entry.processes) {
      if (fate != Fate::runs_again) {
        ending.processes.push_back(id);
      }
    }
    if (entry.planned || !ending.processes.empty()) {
      endings.push_back(std::move(ending));
    }
  }
  return endings;
}

void LossLedger::forget_old(Instant now) {
  std::erase_if(entries_,
                [&](const auto& item) { return now - item.second.at > limits::cluster_loss_age_max; });
  while (entries_.size() > limits::cluster_losses_max) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.at < b.second.at;
    }));
  }
}

std::vector<LossReport> reports_of(const std::vector<LossLedger::Ending>& endings, Instant now) {
  constexpr std::size_t kLossBytes = 64;  // of the fields beside the names, at most
  constexpr std::size_t kItemBytes = 4;
  std::vector<LossReport> reports;
  std::size_t size = limits::cluster_chunk_bytes;
  for (const LossLedger::Ending& ending : endings) {
    ReportedLoss loss;
    loss.node = ending.life.node;
    loss.incarnation = ending.life.incarnation;
    loss.seq = ending.seq;
    loss.planned = ending.planned;
    loss.age_ms = static_cast<std::uint32_t>(std::max<std::int64_t>((now - ending.at) / 1ms, 0));
    const auto begin = [&](std::size_t room) {  // a part of this loss, in a new report unless it has room
      if (size + room > limits::cluster_chunk_bytes) {
        reports.emplace_back();
        size = 0;
      }
      size += kLossBytes;
      reports.back().losses.push_back(loss);
    };
    begin(kLossBytes);
    for (const rules::ProcessId& id : ending.processes) {
      std::string name = rules::namespec_of(id);
      if (name.size() > limits::cluster_text_bytes) {
        continue;
      }
      if (size + name.size() + kItemBytes > limits::cluster_chunk_bytes) {
        begin(limits::cluster_chunk_bytes + 1);
      }
      size += name.size() + kItemBytes;
      reports.back().losses.back().processes.push_back(std::move(name));
    }
  }
  return reports;
}

LossLedger::Ending ending_of(const ReportedLoss& loss, Instant now) {
  LossLedger::Ending ending;
  ending.life = {loss.node, loss.incarnation};
  ending.seq = loss.seq;
  ending.planned = loss.planned;
  ending.at = now - std::chrono::milliseconds(loss.age_ms);
  for (const std::string& namespec : loss.processes) {
    ending.processes.push_back(process_id_of(namespec));
  }
  return ending;
}

}  // namespace holdfast::cluster
