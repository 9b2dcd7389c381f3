// process_group.hpp: when a group has to be replaced to become another configuration (contract supervisor.md 6.3).
#include "supervision/process_group.hpp"

#include <gtest/gtest.h>

namespace holdfast::supervision {
namespace {

config::GroupSettings group(const std::vector<std::string>& names) {
  config::GroupSettings settings;
  settings.name = "g";
  for (const std::string& name : names) {
    config::ProcessSettings& process = settings.processes.emplace_back();
    process.name = name;
    process.command = "/bin/cat " + name;
  }
  return settings;
}

bool differs(const config::GroupSettings& active, const config::GroupSettings& wanted) {
  std::uint64_t ordinal = 0;
  return ProcessGroup(active, ordinal).differs_from(wanted);
}

TEST(ProcessGroup, DiffersByWhatItsProcessesAre) {
  EXPECT_FALSE(differs(group({"a", "b"}), group({"a", "b"})));
  EXPECT_TRUE(differs(group({"a", "b"}), group({"b", "a"})));
  EXPECT_TRUE(differs(group({"a", "b"}), group({"a"})));
  EXPECT_TRUE(differs(group({"a"}), group({"a", "b"})));
  EXPECT_TRUE(differs(group({}), group({"a"})));
  config::GroupSettings changed = group({"a", "b"});
  changed.processes[1].command += " x";
  EXPECT_TRUE(differs(group({"a", "b"}), changed));
  changed = group({"a"});
  changed.priority = 1;
  EXPECT_TRUE(differs(group({"a"}), changed));
}

TEST(ProcessGroup, AProcessNamedTwiceIsOneProcess) {
  EXPECT_FALSE(differs(group({"a", "b", "a"}), group({"a", "b", "a"})));
  EXPECT_TRUE(differs(group({"a", "b", "a"}), group({"a", "c", "a"})));
}

TEST(ProcessGroup, WithAnOrphanItDiffersFromAll) {
  std::uint64_t ordinal = 0;
  ProcessGroup active(group({"a"}), ordinal);
  config::ProcessSettings orphan;
  orphan.name = "lost";
  active.add_orphan(orphan, ordinal);
  EXPECT_TRUE(active.differs_from(group({"a"})));
}

}  // namespace
}  // namespace holdfast::supervision
