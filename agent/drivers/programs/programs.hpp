// programs.hpp: this node's programs, put together: the driver of their supervision, their listeners, FastCGI sockets
// and the file of disabilities, with what an earlier agent left of each. It decides nothing. Made by the composition
// root; loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "drivers/programs/disabilities_file.hpp"
#include "drivers/programs/fcgi_sockets.hpp"
#include "drivers/programs/listener_driver.hpp"
#include "drivers/programs/program_driver.hpp"

namespace holdfast {

class Programs {
 public:
  struct Parts {
    system::EventLoop& loop;
    system::Keeper& keeper;
    storage::DiskThread& disk;
    storage::MainLog& log;
    storage::History& history;
    ProgramOutput& output;
    RestartCheck& restart_check;
    Warnings& warnings;
    ProgramObserver& observer;
  };
  /// What the keeper holds of an earlier agent; what is invalid or empty is not there.
  struct Left {
    UniqueFd listeners;
    std::vector<std::pair<std::string, UniqueFd>> fcgi;  // by their held names
    std::vector<system::FoundChild> children;
    std::optional<std::string> agent_blob;
  };
  Programs(Parts parts, ProgramDriver::Facts facts, Left left);

  [[nodiscard]] ProgramDriver& driver() { return driver_; }
  [[nodiscard]] const ListenerDriver& listeners() const { return listeners_; }
  /// Which programs are disabled has changed, or may be another than the file says.
  void keep_disabilities();

 private:
  ListenerDriver listeners_;
  FcgiSockets fcgi_;
  std::optional<DisabilitiesFile> disabilities_;  // if the configuration names one
  ProgramDriver driver_;
};

/// How many descriptors all programs of the groups need.
std::size_t descriptors_of(const std::vector<config::GroupSettings>& groups);

}  // namespace holdfast
