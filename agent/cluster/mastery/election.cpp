#include "cluster/mastery/election.hpp"

#include <algorithm>
#include <tuple>

#include "base/check.hpp"

namespace holdfast::cluster {
namespace {

std::size_t followers_of(const ElectionInput& input, const Voter& master) {
  return static_cast<std::size_t>(std::count_if(input.voters.begin(), input.voters.end(), [&](const Voter& voter) {
    return voter.term.master == master.node_id && voter.node_id != master.node_id;
  }));
}

/// Smaller is better; the node id only separates nodes that were given the same nick.
auto rank_of(const ElectionInput& input, const Voter& voter, bool count_followers) {
  const std::size_t followers = count_followers ? followers_of(input, voter) : 0;
  return std::tuple(!voter.core, input.voters.size() - followers, voter.nick, voter.node_id);
}

const Voter& best_of(const ElectionInput& input, const std::vector<const Voter*>& voters, bool count_followers) {
  CHECK(!voters.empty());
  const Voter* best = voters.front();
  for (const Voter* voter : voters) {
    if (rank_of(input, *voter, count_followers) < rank_of(input, *best, count_followers)) {
      best = voter;
    }
  }
  return *best;
}

/// The smallest term of `me` that is above everything seen.
Term term_above_all(const ElectionInput& input, NodeId me) {
  std::uint64_t epoch = input.my_term.epoch;
  for (const Voter& voter : input.voters) {
    epoch = std::max(epoch, voter.term.epoch);
  }
  for (const Term& term : input.terms_seen) {
    epoch = std::max(epoch, term.epoch);
  }
  return Term{epoch + 1, me};
}

bool heard_indirectly(const ElectionInput& input, NodeId master) {
  return std::find(input.heard_by_followers.begin(), input.heard_by_followers.end(), master) !=
         input.heard_by_followers.end();
}

/// The highest term above mine in sight, or nullptr.
const Voter* highest_above(const ElectionInput& input, Term term) {
  const Voter* highest = nullptr;
  for (const Voter& voter : input.voters) {
    if (voter.term > term && (highest == nullptr || voter.term > highest->term)) {
      highest = &voter;
    }
  }
  return highest;
}

ElectionDecision claim(const ElectionInput& input, const Voter& me, std::string reason) {
  if (!input.may_claim) {
    return {ElectionAction::keep, input.my_term, "has just begun a term"};
  }
  return {ElectionAction::claim, term_above_all(input, me.node_id), std::move(reason)};
}

/// I act as Master: alone I only see to it that nobody in sight holds a greater term; with rivals we compete.
ElectionDecision as_master(const ElectionInput& input, const Voter& me, const std::vector<const Voter*>& masters) {
  if (masters.size() == 1) {
    const Voter* above = highest_above(input, input.my_term);
    if (above == nullptr) {
      return {ElectionAction::keep, input.my_term, {}};
    }
    // A Master that I cannot hear but its followers can is no less a rival: the one with more followers goes
    // on.
    if (heard_indirectly(input, above->term.master)) {
      const auto theirs = std::count_if(input.voters.begin(), input.voters.end(),
                                        [&](const Voter& v) { return v.term.master == above->term.master; });
      if (static_cast<std::size_t>(theirs) > followers_of(input, me)) {
        return {ElectionAction::follow, above->term,
                std::string(above->nick) + " follows a Master that is out of sight here"};
      }
    }
    return claim(input, me, std::string(me.nick) + " stays Master: a node in sight knows a later term");
  }
  const Voter& best = best_of(input, masters, true);
  const std::string why = " of " + std::to_string(masters.size()) +
                          " Masters in sight, by core node, number of followers (" +
                          std::to_string(followers_of(input, best)) + "), lowest nick";
  if (best.me) {
    if (highest_above(input, input.my_term) == nullptr) {
      return {ElectionAction::keep, input.my_term, "waiting for the others to follow"};
    }
    return claim(input, me, std::string(me.nick) + " wins" + why);
  }
  if (best.term > input.my_term) {
    return {ElectionAction::follow, best.term, std::string(best.nick) + " wins" + why};
  }
  return {ElectionAction::keep, input.my_term, std::string(best.nick) + " wins" + why + "; waiting for its new term"};
}

ElectionDecision as_follower(const ElectionInput& input, const std::vector<const Voter*>& masters) {
  const Voter* highest = *std::max_element(masters.begin(), masters.end(),
                                           [](const Voter* a, const Voter* b) { return a->term < b->term; });
  if (highest->term > input.my_term) {
    return {ElectionAction::follow, highest->term, std::string(highest->nick) + " is Master"};
  }
  // Equal: mine. Lower: that Master sees my term in my heartbeat and starts one above it.
  return {ElectionAction::keep, input.my_term, {}};
}

}  // namespace

ElectionDecision elect(const ElectionInput& input) {
  const auto me = std::find_if(input.voters.begin(), input.voters.end(), [](const Voter& v) { return v.me; });
  CHECK(me != input.voters.end());
  std::vector<const Voter*> masters;
  for (const Voter& voter : input.voters) {
    if (voter.acting_master && voter.term.master == voter.node_id) {
      masters.push_back(&voter);
    }
  }
  if (!masters.empty()) {
    return me->acting_master ? as_master(input, *me, masters) : as_follower(input, masters);
  }
  if (input.master_out_of_reach || heard_indirectly(input, input.my_term.master)) {
    return {ElectionAction::keep, input.my_term, "the Master is silent, but not known to be dead"};
  }
  if (me->candidate && input.named) {
    return claim(input, *me, std::string(me->nick) + " was named the Master");
  }
  if (!me->candidate || !input.calm) {
    return {ElectionAction::wait, input.my_term, "no Master in sight"};
  }
  std::vector<const Voter*> candidates;
  bool core_candidate = false;
  for (const Voter& voter : input.voters) {
    if (voter.candidate) {
      candidates.push_back(&voter);
      core_candidate = core_candidate || voter.core;
    }
  }
  const Voter& best = best_of(input, candidates, false);
  if (!best.me) {
    return {ElectionAction::wait, input.my_term, std::string(best.nick) + " should become Master"};
  }
  return claim(input, best,
               std::string(best.nick) + (core_candidate ? " is the core node" : " is the node") +
                   " with the lowest nick of " + std::to_string(candidates.size()) + " in sight");
}

}  // namespace holdfast::cluster
