// PROCESS_ADDED and PROCESS_REMOVED (contract supvisors.md CFG-E7): of a cluster's node each process of a group that is
// added or removed at run time is told to listeners; an agent alone tells what Supervisor does, no more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

using ::testing::ElementsAre;

class GroupsTold : public ::testing::Test {
 protected:
  void start(bool tells_processes) {
    config::GroupSettings group;
    group.name = "shop";
    for (const std::string name : {"web_0", "web_1"}) {
      config::ProcessSettings process;
      process.name = name;
      process.program_name = "web";
      process.autostart = false;
      group.processes.push_back(process);
    }
    SupervisorOptions options;
    options.probe = [](const config::ProcessSettings&) { return std::nullopt; };
    options.tells_processes = tells_processes;
    supervisor_ = std::make_unique<Supervisor>(std::vector{group}, options);
    step(Begin{});
    events_.clear();
  }

  void step(const Input& input) {
    supervisor_->step(Instant::from_ms(5), WallTime{5}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      if (const auto* event = std::get_if<EmitEvent>(&effect)) {
        events_.push_back(std::string(name_of(event->type)) + " " + event->payload);
      }
    }
  }

  std::unique_ptr<Supervisor> supervisor_;
  std::vector<std::string> events_;
};

TEST_F(GroupsTold, EachProcessOfAGroupThatGoesOrComes) {
  start(true);
  step(RemoveGroup{RequestId{1}, "shop"});
  EXPECT_THAT(events_, ElementsAre("PROCESS_REMOVED processname:web_0 groupname:shop ",
                                   "PROCESS_REMOVED processname:web_1 groupname:shop ",
                                   "PROCESS_GROUP_REMOVED groupname:shop\n"));
  events_.clear();
  step(AddGroup{RequestId{2}, "shop"});
  EXPECT_THAT(events_,
              ElementsAre("PROCESS_GROUP_ADDED groupname:shop\n", "PROCESS_ADDED processname:web_0 groupname:shop ",
                          "PROCESS_ADDED processname:web_1 groupname:shop "));
}

TEST_F(GroupsTold, NothingOfItWhereThereIsNoCluster) {
  start(false);
  step(RemoveGroup{RequestId{1}, "shop"});
  step(AddGroup{RequestId{2}, "shop"});
  EXPECT_THAT(events_, ElementsAre("PROCESS_GROUP_REMOVED groupname:shop\n", "PROCESS_GROUP_ADDED groupname:shop\n"));
}

}  // namespace
}  // namespace holdfast::supervision
