#include "storage/main_log_sink.hpp"

#include <syslog.h>

#include <cstring>

#include "storage/log_line.hpp"

namespace holdfast::storage {

SystemLogSink::SystemLogSink(std::string ident) : ident_(std::move(ident)) {
  ::openlog(ident_.c_str(), LOG_PID, LOG_USER);
}

void SystemLogSink::write(std::string_view lines) {
  std::size_t at = 0;
  while (at < lines.size()) {
    const auto level = static_cast<LogLevel>(lines[at]);
    const char* text = lines.data() + at + 1;
    const std::size_t size = std::strlen(text);
    ::syslog(syslog_priority(level), "%s", text);
    at += size + 2;
  }
}

}  // namespace holdfast::storage
