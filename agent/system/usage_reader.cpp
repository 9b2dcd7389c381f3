#include "system/usage_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/unique_fd.hpp"
#include "system/proc_text.hpp"

namespace holdfast::system {
namespace {

constexpr std::size_t kFirstTextBytes = 4096;
constexpr double kPercent = 100;

template <typename Items>
void keep(Items& items, std::size_t most) {
  if (items.size() > most) {
    items.resize(most);
  }
}

bool is_up(int socket, const std::string& interface_name) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface_name.c_str(), IFNAMSIZ - 1);
  return ::ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

}  // namespace

UsageReader::UsageReader(std::string proc)
    : proc_(std::move(proc)),
      text_(kFirstTextBytes),
      tells_children_(::access((proc_ + "/thread-self/children").c_str(), R_OK) == 0),
      ticks_per_s_(static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)))),
      memory_pages_(static_cast<double>(std::max(1L, ::sysconf(_SC_PHYS_PAGES)))) {}

std::string_view UsageReader::read(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::size_t size = 0;
  while (file.valid()) {
    if (size == text_.size()) {
      if (size >= limits::usage_text_bytes) {
        break;
      }
      text_.resize(size * 2);
    }
    const ssize_t got = ::read(file.get(), text_.data() + size, text_.size() - size);
    if (got <= 0) {
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  return {text_.data(), size};
}

// ---- the host
// -------------------------------------------------------------------------------------------------------

HostUsage UsageReader::host() {
  HostUsage usage;
  usage.at = monotonic_now();
  usage.cores = cores_of(read(proc_ + "/stat"), limits::usage_cores);
  if (const auto memory = memory_of(read(proc_ + "/meminfo"))) {
    usage.memory_percent =
        kPercent * (1 - static_cast<double>(memory->available_bytes) / static_cast<double>(memory->total_bytes));
  }
  usage.networks = networks_up();
  usage.disks = disks_of(read(proc_ + "/diskstats"));
  keep(usage.disks, limits::usage_disks);
  usage.mounts = mounts();
  return usage;
}

std::vector<UsageCounter> UsageReader::networks_up() {
  std::vector<UsageCounter> networks = networks_of(read(proc_ + "/net/dev"));
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  std::erase_if(networks, [&](const UsageCounter& network) { return !is_up(socket.get(), network.name); });
  keep(networks, limits::usage_networks);
  return networks;
}

/// File systems of a device answer from memory: only those of a network would make us wait.
std::vector<std::pair<std::string, double>> UsageReader::mounts() {
  const std::string kinds(read(proc_ + "/filesystems"));
  std::vector<std::string> points = mount_points_of(read(proc_ + "/self/mounts"), kinds);
  keep(points, limits::usage_mounts);
  std::vector<std::pair<std::string, double>> used;
  for (std::string& point : points) {
    struct statvfs space {};
    if (::statvfs(point.c_str(), &space) != 0) {
      continue;  // no permission
    }
    const auto taken = static_cast<double>(space.f_blocks - space.f_bfree);
    const double usable = taken + static_cast<double>(space.f_bavail);
    if (usable > 0) {
      used.emplace_back(std::move(point), kPercent * taken / usable);
    }
  }
  return used;
}

// ---- processes
// -------------------------------------------------------------------------------------------------------

std::size_t UsageReader::go_on(FamilyRead& family, std::size_t most) {
  if (!family.began_at_) {
    family.began_at_ = monotonic_now();
  }
  std::size_t texts = 0;
  while (!family.waiting_.empty() && texts < most) {
    const std::int32_t pid = family.waiting_.back();
    family.waiting_.pop_back();
    ++texts;
    const auto stat = process_stat_of(read(proc_ + "/" + std::to_string(pid) + "/stat"));
    if (!stat) {
      continue;  // ended meanwhile: whoever waits for it has its time
    }
    ++family.read_;
    family.ticks_ += stat->own_ticks + (family.alone_ ? 0 : stat->waited_ticks);
    family.pages_ += stat->resident_pages;
    if (!family.alone_ && tells_children_) {
      texts += find_children(pid, stat->threads, family);
    }
  }
  return texts;
}

/// Each thread has the children that it made. Returns how many texts were read.
std::size_t UsageReader::find_children(std::int32_t pid, std::int32_t threads, FamilyRead& family) {
  std::size_t texts = 0;
  const auto add = [&](const std::string& thread) {
    ++texts;
    for (const std::int32_t child :
         pids_of(read(proc_ + "/" + std::to_string(pid) + "/task/" + thread + "/children"))) {
      if (family.read_ + family.waiting_.size() < limits::usage_family) {
        family.waiting_.push_back(child);
      }
    }
  };
  if (threads <= 1) {
    add(std::to_string(pid));
    return texts;
  }
  const std::string folder = proc_ + "/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir(folder.c_str()), &::closedir);
  while (const dirent* task = tasks ? ::readdir(tasks.get()) : nullptr) {
    if (task->d_name[0] != '.') {
      add(task->d_name);
    }
  }
  return texts;
}

std::optional<ProcessUsage> UsageReader::result_of(const FamilyRead& family) const {
  if (family.read_ == 0) {
    return std::nullopt;
  }
  return ProcessUsage{*family.began_at_, static_cast<double>(family.ticks_) / ticks_per_s_,
                      kPercent * static_cast<double>(family.pages_) / memory_pages_};
}

}  // namespace holdfast::system
