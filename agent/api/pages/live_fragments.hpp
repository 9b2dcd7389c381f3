// live_fragments.hpp: what the event stream sends to open pages: the pieces whose values differ from those that were
// shown last. HTML is made of these only; that time passes is no difference, since the pages count ages themselves.
// Keeps what was shown, asks nobody. Used by PageRoutes; loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/pages/live_model.hpp"

namespace holdfast::api {

/// A piece of page that changed: event and key (for coalescing) of the event stream, data.
struct Fragment {
  std::string event;
  std::string key;
  std::string data;
};

class LiveFragments {
 public:
  /// What `model` shows differently than the one before, in the order of the overview.
  [[nodiscard]] std::vector<Fragment> changes(const LiveModel& model);
  /// The next changes() are everything.
  void forget() { *this = {}; }

 private:
  /// The pieces of one kind as they were shown last, by key. What is gone stays: no page takes it away either.
  template <typename Value>
  using Shown = std::map<std::string, Value>;

  /// A copy, and whether its process may be acted upon.
  struct CopyShown {
    bool managed = false;
    dashboard::CopyRowView copy;
    friend bool operator==(const CopyShown&, const CopyShown&) = default;
  };
  struct MasterShown {
    std::string cluster;
    std::string master;
    std::string state;
    std::uint64_t epoch = 0;
    friend bool operator==(const MasterShown&, const MasterShown&) = default;
  };

  void add_process(const ProcessModel& process, WallTime now, std::vector<Fragment>& into);
  void add_application(const dashboard::ApplicationView& view, std::vector<Fragment>& into);
  void add_summary(const LiveModel& model, std::vector<Fragment>& into);

  Shown<dashboard::ProcessRowView> processes_;
  Shown<CopyShown> copies_;
  Shown<dashboard::ApplicationRowView> applications_;
  Shown<std::vector<dashboard::RankView>> sequences_;
  Shown<std::vector<std::optional<ProcessState>>> matrix_rows_;
  Shown<dashboard::NodeView> nodes_;
  std::optional<std::vector<dashboard::AttentionItem>> attention_;
  std::optional<HealthView> health_;
  std::optional<MasterShown> master_;
};

}  // namespace holdfast::api
