// listener_player.hpp: carries out the commands of transcripts named listener_*.txt on real ListenerPools, with a
// keeper of paper that holds their state, so that an agent can die and another take over. Test code.
//
//   pool NAME events=A,B [buffer=N] [handler=TEXT] [members=N]    members are NAME_00, NAME_01 ... (one: NAME)
//   remove NAME
//   run P                     P is spawned and enters RUNNING         | spawn P | running P | stopping P
//   says P TEXT               it prints TEXT (\n is a newline)        | ready P: READY\n    | ok P | fail P
//   dies P                    | closes P    its stdin: the next event cannot be sent
//   takes P N                 only N bytes of what is sent from now on fit into its pipe
//   happens TYPE [PAYLOAD]
//   advance 250ms             time passes: what waited to be sent again is due
//   clock SECONDS             the wall clock is there: ticks          | next-tick SECONDS
//   crash [P] | resume P ...  the agent dies (what P printed last is still in its pipe); another finds those
//                             children alive, the others are gone
//   blind P ...               the same, but nothing of the pools' state was kept
//   status
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "supervision/listener_pools.hpp"

namespace holdfast::transcripts {

class ListenerPlayer {
 public:
  /// The lines that come of one command; an unusable command gives a line that begins with "ERROR".
  std::vector<std::string> play(const std::string& command);

 private:
  using Words = std::vector<std::string>;

  bool define(const Words& words);
  bool member_command(const Words& words, const std::string& command);
  bool world(const Words& words, const std::string& command);
  void settle();
  void advance(Duration by);
  void says(const std::string& name, const std::string& text);
  void perform(const supervision::LogLine& it);
  void perform(const supervision::SendToListener& it);
  void perform(const supervision::ListenerHealth& it);
  void resume(const Words& words);
  void status();
  ProcessId key_of(const std::string& name) const;
  supervision::StartId child_of(const std::string& name) const;
  supervision::ListenerPools& pools() { return *pools_; }

  std::vector<config::GroupSettings> groups_;
  std::unique_ptr<supervision::ListenerPools> pools_ = std::make_unique<supervision::ListenerPools>("srv");
  std::map<std::string, std::uint64_t> children_;  // start id by name
  std::map<std::string, std::size_t> room_;        // of a pipe that is nearly full
  std::set<std::string> closed_;
  std::uint64_t next_child_ = 1;
  std::string kept_;
  std::uint64_t chunks_ = 0;
  std::map<std::string, std::uint64_t> last_chunk_;
  supervision::UncommittedOutput uncommitted_;
  Instant now_{};
  std::vector<std::string> lines_;
};

}  // namespace holdfast::transcripts
