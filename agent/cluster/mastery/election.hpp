// election.hpp: who is Master, as a pure function of what one node sees: nothing is remembered between calls.
// Terms are compared as pairs (epoch, master). A Master in sight is kept; several in sight compete by (core,
// more followers, lowest nick) and the winner starts a new term above all seen; none in sight: the best
// candidate by (core, lowest nick) starts one. A node that joins is no candidate until it has synchronised,
// so it displaces nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/codec/term.hpp"

namespace holdfast::cluster {

/// A node that may count, myself included.
struct Voter {
  NodeId node_id = 0;
  std::string_view nick;  // of the view, which outlives the election
  bool core = false;
  bool me = false;
  Term term;  // the one it follows
  bool acting_master = false;
  bool candidate = false;  // synchronised and RUNNING
};

struct ElectionInput {
  Term my_term;
  std::vector<Voter> voters;               // in sight
  std::vector<Term> terms_seen;            // of anybody heard in this incarnation, in sight or not
  bool master_out_of_reach = false;        // my Master is AWAY, or only my peers hear it: it is not over yet
  bool calm = false;                       // who is in sight has not changed for a while
  bool named = false;                      // a person has named me the Master
  bool may_claim = true;                   // my last claim is long enough ago: terms never race
  std::vector<NodeId> heard_by_followers;  // Masters out of my sight whom a follower of theirs, in my sight, hears
};

enum class ElectionAction {
  keep,    // nothing to do: my Master is in sight, or it is not over yet
  follow,  // take `term` as mine
  claim,   // I start `term`
  wait,    // no Master; somebody better than I should claim, or the view is not calm
};

struct ElectionDecision {
  ElectionAction action = ElectionAction::wait;
  Term term;
  std::string reason;
};

ElectionDecision elect(const ElectionInput& input);

}  // namespace holdfast::cluster
