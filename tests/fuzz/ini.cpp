// The configuration reader: INI dialect, expansion, every typed value (contract supervisor.md 1).
#include "config/ini_document.hpp"
#include "config/settings_reader.hpp"
#include "unit/config/fake_host.hpp"

using namespace holdfast::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  FakeHost host;
  host.directories.insert("/etc/holdfast");
  host.files["/etc/holdfast/main.conf"] = text;
  host.files["/etc/holdfast/conf.d/more.conf"] = "[program:included]\ncommand=/bin/true\n";
  const auto settings = read_settings("/etc/holdfast/main.conf", {}, host);
  if (settings.ok()) {
    CHECK(!server_url_of(settings.value()).starts_with(' '));
  } else {
    CHECK(!settings.error().message.empty());
  }
  return 0;
}
