// No log byte is lost or doubled: the agent is killed at random instants while programs write numbered lines.
#include <unistd.h>

#include "base/random.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

/// Writes numbered lines until the file `end` is there.
std::string numbers(const std::string& end, const std::string& filler) {
  return "i=0; until [ -e " + end + " ]; do i=$((i+1)); echo $i " + filler + "; done";
}

std::string expected(int last, const std::string& filler) {
  std::string text;
  for (int i = 1; i <= last; ++i) {
    text += std::to_string(i) + (filler.empty() ? "" : " " + filler) + "\n";
  }
  return text;
}

/// Where two texts part, for a message that can be read.
std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) {
    ++at;
  }
  return "sizes " + std::to_string(a.size()) + " and " + std::to_string(b.size()) + ", first difference at " +
         std::to_string(at) + ": '" + a.substr(at, 40) + "' and '" + b.substr(at, 40) + "'";
}

/// The ends of an agent that are tried: killed, handed over, and the keeper with it.
TEST_F(KeeperTest, NoByteIsLostOrDoubledByFortyKillsAndHandovers) {
  settings("nodaemon=1\nstate_dir=" + dir_ + "/state\nrestart_delays_ms=0,30,0,0,60,0,0\n");
  start();
  constexpr int programs = 3;
  constexpr int kills_max = 400;  // until one has fallen into a write, which is chance
  const std::string end = dir_ + "/end";
  const std::string filler = "abcdefghijklmnopqrstuvwxyz";
  std::vector<pid_t> pids;
  for (int id = 1; id <= programs; ++id) {
    pids.push_back(spawn_script(id, numbers(end, filler), "blob=log=" + dir_ + "/log" + std::to_string(id) + "\n"));
  }
  Random random(static_cast<std::uint64_t>(getpid()));
  int undone = 0;
  int kills = 0;
  int spooled = 0;

  for (; kills < 40 || (undone == 0 && kills < kills_max); ++kills) {
    poll(nullptr, 0, static_cast<int>(random.below(25)));  // the random instant of the kill
    switch (kills % 4) {
      case 1:
        command("exit 76");
        break;
      case 3:
        command("exit 77");
        break;
      default:
        kill_agent();
        break;
    }
    const std::vector<std::string> events = meet_agent();
    ASSERT_FALSE(events.empty());
    undone += std::stoi(word(events[0], 6));
    spooled += static_cast<int>(std::count_if(events.begin(), events.end(), [](const std::string& told) {
      return told.find(" spool ") != std::string::npos;
    }));
    EXPECT_EQ(std::count_if(events.begin(), events.end(),
                            [](const std::string& told) { return told.find(" alive 0 ") != std::string::npos; }),
              programs);
  }
  std::printf("%d kills, %d writes undone, %d spools taken over\n", kills, undone, spooled);
  std::ofstream{end};
  EXPECT_GT(undone, 0) << "no kill fell into a write: the test shows nothing";
  for (int drained = 0; drained < programs; ++drained) {
    ASSERT_NE(event_starting("drained "), "");
  }
  for (int id = 1; id <= programs; ++id) {
    const std::string log = read_text(dir_ + "/log" + std::to_string(id));
    const auto lines = static_cast<int>(std::count(log.begin(), log.end(), '\n'));
    EXPECT_GT(lines, kills);
    EXPECT_TRUE(log == expected(lines, filler)) << first_difference(log, expected(lines, filler));
  }
}

}  // namespace
}  // namespace holdfast
