#include "cluster/membership/loss_ledger.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "base/process_id.hpp"

namespace holdfast::cluster {

bool LossLedger::add(const LossRecord& record, Instant now) {
  forget_old(now);
  const auto [at, is_new] = entries_.try_emplace(record.ended);
  Entry& entry = at->second;
  if (is_new) {
    entry.at = std::min(record.at, now);
  } else if (entry.planned || record.seq < entry.seq) {
    return false;
  }
  entry.seq = record.seq;
  bool opened = false;
  if (record.planned) {
    entry.planned = true;
    entry.processes.clear();
  } else {
    for (const ProcessId& id : record.processes) {
      opened = entry.processes.try_emplace(id, Fate::open).second || opened;
    }
  }
  if (is_new || opened || record.planned) {
    ++revision_;
  }
  forget_old(now);
  return opened;
}

void LossLedger::withdraw(const IncarnationId& ended) {
  revision_ += entries_.erase(ended);
}

std::vector<ProcessId> LossLedger::hand_over(const IncarnationId& ended) {
  std::vector<ProcessId> ids;
  if (const auto at = entries_.find(ended); at != entries_.end()) {
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
  for (auto& [ended, entry] : entries_) {
    for (auto& [id, fate] : entry.processes) {
      fate = fate == Fate::handed_over ? Fate::open : fate;
    }
  }
}

void LossLedger::runs(const ProcessId& id) {
  for (auto& [ended, entry] : entries_) {
    if (const auto at = entry.processes.find(id); at != entry.processes.end()) {
      at->second = Fate::runs_again;
    }
  }
}

std::vector<LossRecord> LossLedger::records(Instant now) const {
  std::vector<LossRecord> records;
  for (const auto& [ended, entry] : entries_) {
    if (now - entry.at > limits::cluster_loss_age_max) {
      continue;
    }
    LossRecord record{ended, entry.seq, entry.planned, entry.at, {}};
    for (const auto& [id, fate] : entry.processes) {
      if (fate != Fate::runs_again) {
        record.processes.push_back(id);
      }
    }
    if (entry.planned || !record.processes.empty()) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

void LossLedger::forget_old(Instant now) {
  std::erase_if(entries_, [&](const auto& item) { return now - item.second.at > limits::cluster_loss_age_max; });
  while (entries_.size() > limits::cluster_losses_max) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
  }
}

std::vector<LossReport> reports_of(const std::vector<LossRecord>& records, Instant now) {
  constexpr std::size_t kLossBytes = 64;  // of the fields beside the names, at most
  constexpr std::size_t kItemBytes = 4;
  std::vector<LossReport> reports;
  std::size_t size = limits::cluster_chunk_bytes;
  for (const LossRecord& record : records) {
    ReportedLoss loss;
    loss.node = record.ended.node;
    loss.incarnation = record.ended.incarnation;
    loss.seq = record.seq;
    loss.planned = record.planned;
    loss.age_ms = static_cast<std::uint32_t>(std::max<std::int64_t>((now - record.at) / 1ms, 0));
    const auto begin = [&](std::size_t room) {  // a part of this loss, in a new report unless it has room
      if (size + room > limits::cluster_chunk_bytes) {
        reports.emplace_back();
        size = 0;
      }
      size += kLossBytes;
      reports.back().losses.push_back(loss);
    };
    begin(kLossBytes);
    for (const ProcessId& id : record.processes) {
      std::string name = full_namespec(id);
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

LossRecord record_of(const ReportedLoss& loss, Instant now) {
  LossRecord record;
  record.ended = {loss.node, loss.incarnation};
  record.seq = loss.seq;
  record.planned = loss.planned;
  record.at = now - std::chrono::milliseconds(loss.age_ms);
  for (const std::string& namespec : loss.processes) {
    record.processes.push_back(parse_process_id(namespec));
  }
  return record;
}

}  // namespace holdfast::cluster
