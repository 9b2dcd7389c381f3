// stop_job.hpp: the stop of one application by descending ranks on every instance where it runs, or of single
// copies of its processes (contract supvisors.md 4.5 STP-1, STP-2). A copy that does not stop in time is
// shown as STOPPED with the reason, and the job goes on. Owned by Sequencer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/step_context.hpp"

namespace holdfast::rules {

class StopJob {
 public:
  StopJob(std::string application, Origin origin) : application_(std::move(application)), origin_(std::move(origin)) {}

  /// Plans every copy that runs, and `extra` ones whose start was ordered; false if there is nothing to stop.
  bool plan_application(StepContext& context, const std::vector<std::pair<std::string, std::string>>& extra);
  /// One copy, to be stopped now; false if it is in the job already.
  bool add_copy(const std::string& process, const std::string& identifier, const Origin& origin);

  bool advance(StepContext& context, std::uint64_t& last_order_id, std::vector<JobNotes>& notes);
  bool order_refused(StepContext& context, const OrderRefused& refusal, std::vector<JobNotes>& notes);
  void instance_lost(const std::string& identifier);

  [[nodiscard]] bool done() const { return commands_.empty() && planned_.empty(); }
  [[nodiscard]] bool contains(const std::string& process) const;
  /// Of this very copy.
  [[nodiscard]] bool stops(const std::string& process, const std::string& identifier) const;
  [[nodiscard]] std::vector<std::string> processes() const;
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] JobView view() const;
  [[nodiscard]] const Origin& origin() const { return origin_; }

 private:
  struct Target {
    std::string process;
    std::string identifier;
    Origin origin;
    bool ordered_start = false;  // a start was ordered there and may not show yet
  };
  struct Command {
    Target target;
    std::uint64_t order_id = 0;
    std::uint64_t change = 0;
    CommandPhase phase = CommandPhase::requested;
    Instant since{};
    Instant deadline = Instant::max();
  };
  void launch(StepContext& context, Target target, std::uint64_t& last_order_id);
  bool poll(StepContext& context, std::vector<JobNotes>& notes);
  void give_up(StepContext& context, const Command& command, const std::string& why, std::vector<JobNotes>& notes);

  std::string application_;
  Origin origin_;
  int rank_ = 0;
  std::map<int, std::vector<Target>, std::greater<>> planned_;
  std::vector<Command> commands_;
};

}  // namespace holdfast::rules
