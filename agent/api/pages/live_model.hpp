// live_model.hpp: everything that open pages show, at one moment, as view structs: what their event stream compares
// from one moment to the next. A pure function of the ports' read models.
#pragma once

#include <vector>

#include "api/pages/process_model.hpp"
#include "api/ports.hpp"
#include "dashboard/views.hpp"

namespace holdfast::api {

/// How many processes there are, and how they are.
struct HealthView {
  int needing_attention = 0;
  int running = 0;
  int finished = 0;
  int total = 0;
  friend bool operator==(const HealthView&, const HealthView&) = default;
};

struct LiveModel {
  WallTime now{};
  std::vector<ProcessModel> processes;
  std::vector<dashboard::ApplicationView> applications;  // without frame and events
  std::vector<dashboard::NodeView> nodes;
  std::vector<dashboard::AttentionItem> attention;
  HealthView health;
  dashboard::FrameView frame;  // the cluster's part of it
};

LiveModel live_model(const Ports& ports);

}  // namespace holdfast::api
