#include "cluster/replicated_table.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::cluster {
namespace {

class Digest {
 public:
  Digest& add(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15ULL;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  Digest& add(std::string_view text) { return add(stable_hash(text)); }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0x51ED270B0A1F5C33ULL;
};

std::uint64_t word(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

/// Without awaits_restart, extra_args and the times of the event: they go with the state and the start, and nodes of an
/// earlier version do not know them. The two empty texts stand for fields that these nodes have, and nobody ever
/// filled.
std::uint64_t digest_of(const ProcessFact& fact) {
  Digest digest;
  digest.add(fact.id.group).add(fact.id.name).add(fact.program_name).add("");
  digest.add("").add(fact.spawn_error);
  digest.add(word(code_of(fact.state))).add(word(fact.process_index)).add(word(fact.pid));
  digest.add((fact.expected_exit ? 1U : 0U) | (fact.disabled ? 2U : 0U) | (fact.has_stdout ? 4U : 0U) |
             (fact.has_stderr ? 8U : 0U));
  digest.add(word(fact.exit_status)).add(word(fact.startsecs)).add(word(fact.stopwaitsecs));
  digest.add(word(fact.start_us)).add(word(fact.stop_us)).add(fact.since_mono_ms);
  return digest.value();
}

void ReplicatedTable::set_row(const ProcessFact& fact) {
  Row& row = rows_[fact.namespec()];
  digest_ -= row.digest;  // 0 of a new one
  row = Row{fact, digest_of(fact)};
  digest_ += row.digest;
}

void ReplicatedTable::remove_row(const std::string& namespec) {
  if (const auto at = rows_.find(namespec); at != rows_.end()) {
    digest_ -= at->second.digest;
    rows_.erase(at);
  }
}

void ReplicatedTable::begin_incarnation(std::uint64_t incarnation) {
  incarnation_ = incarnation;
  seq_ = 0;
  complete_ = false;
  ahead_.clear();
  ahead_rows_ = 0;
}

void ReplicatedTable::keep_ahead(const Delta& delta) {
  if (ahead_rows_ + delta.rows() <= limits::cluster_ahead_rows && ahead_.try_emplace(delta.seq, delta).second) {
    ahead_rows_ += delta.rows();
  }
}

void ReplicatedTable::apply_next(const Delta& delta, std::vector<std::string>& touched) {
  for (const ProcessFact& fact : delta.facts) {
    set_row(fact);
    touched.push_back(fact.namespec());
  }
  for (const std::string& namespec : delta.removed) {
    remove_row(namespec);
    touched.push_back(namespec);
  }
  for (const ForcedFact& forced : delta.forced) {
    forced_.insert_or_assign(forced.namespec, forced);
  }
  for (const std::string& namespec : delta.unforced) {
    forced_.erase(namespec);
  }
  forced_revision_ += delta.forced.size() + delta.unforced.size();
  if (delta.fences) {
    fences_ = *delta.fences;
  }
  seq_ = delta.seq;
}

void ReplicatedTable::apply_waiting(std::vector<std::string>& touched) {
  while (!ahead_.empty() && ahead_.begin()->first <= seq_ + 1) {
    const Delta& first = ahead_.begin()->second;
    ahead_rows_ -= first.rows();
    if (first.seq == seq_ + 1) {
      apply_next(first, touched);
    }
    ahead_.erase(ahead_.begin());
  }
}

Merge ReplicatedTable::apply(std::uint64_t incarnation, const Delta& delta, std::vector<std::string>& touched) {
  if (incarnation != incarnation_ || (complete_ && delta.seq <= seq_)) {
    return Merge::stale;
  }
  if (!complete_ || delta.seq != seq_ + 1) {
    keep_ahead(delta);
    return Merge::gap;
  }
  apply_next(delta, touched);
  apply_waiting(touched);
  return Merge::applied;
}

Merge ReplicatedTable::replace(std::uint64_t incarnation, std::uint64_t seq, std::vector<ProcessFact> facts,
                               std::vector<ForcedFact> forced, bool force, std::vector<std::string>& touched,
                               FenceList fences) {
  if (incarnation != incarnation_ || (complete_ && seq < seq_ && !force)) {
    return Merge::stale;
  }
  Rows rows;
  std::uint64_t digest = 0;
  for (ProcessFact& fact : facts) {
    std::string namespec = fact.namespec();
    const auto [at, is_new] = rows.try_emplace(std::move(namespec));
    if (!is_new) {
      continue;
    }
    const auto before = rows_.find(at->first);
    if (before != rows_.end() && before->second == fact) {
      at->second = std::move(before->second);  // with its digest
    } else {
      touched.push_back(at->first);
      at->second = Row{std::move(fact), 0};
      at->second.digest = digest_of(at->second);
    }
    digest += at->second.digest;
  }
  for (const auto& [namespec, row] : rows_) {
    if (!rows.contains(namespec)) {
      touched.push_back(namespec);
    }
  }
  std::sort(touched.begin(), touched.end());
  rows_ = std::move(rows);
  forced_.clear();
  for (ForcedFact& one : forced) {
    std::string namespec = one.namespec;
    forced_.insert_or_assign(std::move(namespec), std::move(one));
  }
  ++forced_revision_;
  fences_ = std::move(fences);
  digest_ = digest;
  seq_ = seq;
  complete_ = true;
  apply_waiting(touched);
  return Merge::applied;
}

}  // namespace holdfast::cluster
