// warnings.hpp: what a person should see as long as it is so: one text for each thing that it is about, on every page
// and in the status of the node. Not a log: what is over is gone. Called by whoever notices the trouble and its end;
// loop thread only. The agent's facts implement it (drivers/frontend), tests a map.
#pragma once

#include <string>

namespace holdfast {

class Warnings {
 public:
  virtual ~Warnings() = default;
  /// `about` names the thing ("listener x", "gossip"); a second text replaces the first, an empty one takes it away.
  virtual void set_warning(const std::string& about, const std::string& text) = 0;
};

}  // namespace holdfast
