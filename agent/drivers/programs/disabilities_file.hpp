// disabilities_file.hpp: which programs are disabled, as a JSON object {program: bool} that outlives the daemon
// (contract supvisors.md CFG-20, CFG-E4). Read once at the start, on the caller's thread; written whole at each change,
// on the disk thread, so that a crash leaves the old file or the new one. What it says is decided elsewhere. Loop
// thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

using DisabledPrograms = std::set<std::string, std::less<>>;

class DisabilitiesFile {
 public:
  /// `path`: absolute; its folder is made. What cannot be made, read or understood is an ERROR line, and the file is
  /// left alone from then on.
  DisabilitiesFile(std::string path, storage::DiskThread& disk, storage::MainLog& log);

  /// The disabled programs as the file had them; nullopt: there was none to go by.
  [[nodiscard]] const std::optional<DisabledPrograms>& found() const { return found_; }
  /// Every known program, true = disabled.
  void write(const std::map<std::string, bool>& programs);

 private:
  void read();
  void drop(const std::string& why);

  std::string path_;
  storage::DiskThread& disk_;
  storage::MainLog& log_;
  std::optional<DisabledPrograms> found_;
  bool usable_ = true;
};

}  // namespace holdfast
