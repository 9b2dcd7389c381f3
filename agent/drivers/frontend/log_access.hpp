// log_access.hpp: log files for the API, read on the disk thread. Decides nothing. Implements api::LogPort. Loop
// thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "api/ports.hpp"
#include "drivers/ports/program_output.hpp"
#include "storage/disk_thread.hpp"
#include "storage/main_log.hpp"

namespace holdfast {

class LogAccess final : public api::LogPort {
 public:
  /// `clusters`: the log of the cluster's layer, which may be the same.
  LogAccess(storage::DiskThread& disk, storage::MainLog& log, storage::MainLog& clusters, ProgramOutput& output)
      : disk_(disk), log_(log), clusters_(clusters), output_(output) {}

  [[nodiscard]] std::string main_log_path() const override { return log_.path(); }
  void read(const std::string& path, std::int64_t offset, std::int64_t length,
            std::function<void(Result<std::string>)> answer) override;
  void tail(const std::string& path, std::int64_t offset, std::int64_t length,
            std::function<void(api::LogTail)> answer) override;
  void clear_main(std::function<void(Status)> answer) override { log_.clear(std::move(answer)); }
  void set_level(LogLevel level) override;
  void critical(const std::string& text) override { log_.critical(text); }
  void clear_process(const ProcessId& key, std::function<void(Status)> answer) override {
    output_.clear(key, std::move(answer));
  }

 private:
  storage::DiskThread& disk_;
  storage::MainLog& log_;
  storage::MainLog& clusters_;
  ProgramOutput& output_;
};

}  // namespace holdfast
