#include "drivers/programs/disabilities_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "base/limits.hpp"
#include "base/result.hpp"

namespace holdfast {
namespace {

/// Not more than an object of booleans: nothing that nests is ever built.
Result<DisabledPrograms> parse(const std::string& text) {
  const auto flat = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= 1; };
  const nlohmann::json json = nlohmann::json::parse(text, flat, false);
  if (!json.is_object()) {
    return Error{"it is no JSON object {\"program\": true or false}"};
  }
  DisabledPrograms disabled;
  for (const auto& [program, value] : json.items()) {
    if (!value.is_boolean()) {
      return Error{"the value of \"" + program + "\" is neither true nor false"};
    }
    if (value.get<bool>()) {
      disabled.insert(program);
    }
  }
  return disabled;
}

/// Beside it, then in its place.
Status replace_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) {
    return Error{std::strerror(errno)};
  }
  return {};
}

}  // namespace

DisabilitiesFile::DisabilitiesFile(std::string path, storage::DiskThread& disk, storage::MainLog& log)
    : path_(std::move(path)), disk_(disk), log_(log) {
  read();
}

void DisabilitiesFile::read() {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  if (error) {
    return drop("its folder cannot be made: " + error.message());
  }
  const std::filesystem::file_status status = std::filesystem::status(path_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return drop("it is no regular file");  // a device or a FIFO would be replaced by one
  }
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path_, error))) {
    path_ = std::filesystem::weakly_canonical(path_, error).string();  // what it points to is written, the link stays
  }
  std::ifstream file(path_);
  if (!file) {
    return;  // the first start writes it
  }
  const auto size = std::filesystem::file_size(path_, error);
  if (error || size > limits::disabilities_bytes_max) {
    return drop(error ? error.message() : "it is larger than 4 MB");
  }
  std::stringstream text;
  text << file.rdbuf();
  auto disabled = parse(text.str());
  if (!disabled) {
    return drop(disabled.error().message);
  }
  found_ = std::move(disabled).value();
}

void DisabilitiesFile::drop(const std::string& why) {
  usable_ = false;
  log_.error("disabilities_file " + path_ + ": " + why + "; it is left as it is, and what is disabled is not kept");
}

void DisabilitiesFile::write(const std::map<std::string, bool>& programs) {
  if (!usable_) {
    return;
  }
  std::string text = nlohmann::json(programs).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::size_t bytes = text.size();
  const bool asked = disk_.ask(
      [this, path = path_, text = std::move(text)]() -> storage::DiskThread::Job {
        return [this, path, status = replace_file(path, text)] {
          if (!status) {
            log_.error("disabilities_file " + path + " cannot be written: " + status.error().message +
                       "; what is disabled now is not kept over a restart");
          }
        };
      },
      bytes);
  if (!asked) {
    log_.error("disabilities_file " + path_ + " is not written: the disk is not keeping up");
  }
}

}  // namespace holdfast
