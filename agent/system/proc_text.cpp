#include "system/proc_text.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace holdfast::system {
namespace {

constexpr std::uint64_t kSectorBytes = 512;  // of /proc/diskstats, whatever the device has
constexpr std::uint64_t kKibibyte = 1024;

/// The next word, which is taken off the text; empty: there is none.
std::string_view next_word(std::string_view& text) {
  const auto from = text.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) {
    text = {};
    return {};
  }
  const auto to = std::min(text.find_first_of(" \t\n", from), text.size());
  const std::string_view word = text.substr(from, to - from);
  text.remove_prefix(to);
  return word;
}

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

template <typename Number>
std::optional<Number> number_of(std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() ? std::optional(number) : std::nullopt;
}

/// All numbers of the text up to the first word that is none.
std::vector<std::uint64_t> numbers_of(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (const auto number = number_of<std::uint64_t>(next_word(text))) {
    numbers.push_back(*number);
  }
  return numbers;
}

/// Blanks in the name of a mount point are written as three octal digits.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4) {
      plain.push_back(static_cast<char>(code));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

}  // namespace

std::vector<CoreUsage> cores_of(std::string_view stat_text, std::size_t most) {
  std::vector<CoreUsage> cores;
  while (!stat_text.empty() && cores.size() < most) {
    std::string_view line = next_line(stat_text);
    const std::string_view name = next_word(line);
    if (!name.starts_with("cpu") || name.size() == 3) {
      continue;
    }
    const auto n = numbers_of(line);  // user nice system idle iowait irq softirq steal ...
    if (n.size() >= 8) {
      cores.push_back({n[0] + n[1] + n[2] + n[5] + n[6] + n[7], n[3] + n[4]});
    }
  }
  return cores;
}

std::optional<MemorySize> memory_of(std::string_view meminfo_text) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;
  while (!meminfo_text.empty() && !(total && available)) {
    std::string_view line = next_line(meminfo_text);
    const std::string_view name = next_word(line);
    if (name == "MemTotal:") {
      total = number_of<std::uint64_t>(next_word(line));
    } else if (name == "MemAvailable:") {
      available = number_of<std::uint64_t>(next_word(line));
    }
  }
  return total && available && *total > 0 ? std::optional(MemorySize{*total * kKibibyte, *available * kKibibyte})
                                          : std::nullopt;
}

std::vector<UsageCounter> networks_of(std::string_view dev_text) {
  std::vector<UsageCounter> networks;
  while (!dev_text.empty()) {
    std::string_view line = next_line(dev_text);
    const auto colon = line.rfind(':');  // the name may hold one, as eth0:1
    if (colon == std::string_view::npos) {
      continue;  // the two lines of titles
    }
    std::string_view name = line.substr(0, colon);
    const auto n = numbers_of(line.substr(colon + 1));
    if (n.size() >= 9) {
      networks.push_back({std::string(next_word(name)), n[0], n[8]});
    }
  }
  return networks;
}

std::vector<UsageCounter> disks_of(std::string_view diskstats_text) {
  std::vector<UsageCounter> disks;
  while (!diskstats_text.empty()) {
    std::string_view line = next_line(diskstats_text);
    (void)next_word(line);  // major
    (void)next_word(line);  // minor
    const std::string_view name = next_word(line);
    const auto n = numbers_of(line);  // reads merged sectors ms writes merged sectors ...
    if (n.size() >= 7 && n[2] + n[6] > 0) {
      disks.push_back({std::string(name), n[2] * kSectorBytes, n[6] * kSectorBytes});
    }
  }
  return disks;
}

std::vector<std::string> mount_points_of(std::string_view mounts_text, std::string_view filesystems_text) {
  std::set<std::string_view> kinds{"zfs"};
  while (!filesystems_text.empty()) {
    std::string_view line = next_line(filesystems_text);
    if (const std::string_view word = next_word(line); word != "nodev" && !word.empty()) {
      kinds.insert(word);
    }
  }
  std::vector<std::string> points;
  while (!mounts_text.empty()) {
    std::string_view line = next_line(mounts_text);
    (void)next_word(line);  // the device
    const std::string_view point = next_word(line);
    if (!point.empty() && kinds.contains(next_word(line))) {
      std::string plain = unescaped(point);
      if (std::find(points.begin(), points.end(), plain) == points.end()) {
        points.push_back(std::move(plain));
      }
    }
  }
  return points;
}

std::optional<ProcessStat> process_stat_of(std::string_view stat_text) {
  const auto close = stat_text.rfind(')');  // the command's name may hold anything
  if (close == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = stat_text.substr(close + 1);
  (void)next_word(rest);               // the state, a letter
  constexpr std::size_t kFields = 21;  // from the parent (4) to the resident pages (24)
  std::vector<std::int64_t> n;
  while (n.size() < kFields) {
    const std::string_view word = next_word(rest);
    if (word.empty()) {
      return std::nullopt;
    }
    n.push_back(number_of<std::int64_t>(word).value_or(0));  // vsize may be beyond, and is not asked for
  }
  ProcessStat stat;
  stat.own_ticks = static_cast<std::uint64_t>(n[10] + n[11]);
  stat.waited_ticks = static_cast<std::uint64_t>(n[12] + n[13]);
  stat.threads = static_cast<std::int32_t>(n[16]);
  stat.resident_pages = n[20];
  return stat;
}

std::vector<std::int32_t> pids_of(std::string_view children_text) {
  std::vector<std::int32_t> pids;
  while (const auto pid = number_of<std::int32_t>(next_word(children_text))) {
    pids.push_back(*pid);
  }
  return pids;
}

}  // namespace holdfast::system
