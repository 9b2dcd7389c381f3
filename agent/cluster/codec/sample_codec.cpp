#include "cluster/codec/sample_codec.hpp"

#include <algorithm>
#include <cmath>

#include "base/limits.hpp"
#include "cluster/codec/message_tags.hpp"
#include "cluster/codec/tlv_values.hpp"

namespace holdfast::cluster {
namespace {

using supervision::ProcessPoint;
using supervision::UsageRate;
using supervision::UsageSpan;

constexpr double kThousand = 1000;
constexpr std::uint64_t kThousandthsMax = 1'000'000'000'000'000;  // each comes back as it was
constexpr std::uint64_t kPeriodMsMax = 1'000'000'000;

std::uint64_t thousandths(double number) {
  const double scaled = std::round(number * kThousand);
  return scaled > 0 ? static_cast<std::uint64_t>(std::min(scaled, static_cast<double>(kThousandthsMax))) : 0;
}

double read_thousandths(TlvReader& in) {
  return static_cast<double>(in.number_up_to(kThousandthsMax)) / kThousand;
}

void write_span(TlvWriter& out, const UsageSpan& span) {
  out.number(sample::period_ms, static_cast<std::uint64_t>(span.period / 1ms));
  out.number_unless_zero(sample::begin, thousandths(span.begin_s));
  out.number_unless_zero(sample::end, thousandths(span.end_s));
}

/// False: the item is none of a span.
bool read_span_item(TlvReader& in, UsageSpan& span) {
  switch (in.tag()) {
    case sample::period_ms:
      span.period = std::chrono::milliseconds(in.number_up_to(kPeriodMsMax));
      return true;
    case sample::begin:
      span.begin_s = read_thousandths(in);
      return true;
    case sample::end:
      span.end_s = read_thousandths(in);
      return true;
    default:
      return false;
  }
}

TlvWriter write_named(const std::string& name, double first, double second) {
  TlvWriter out;
  out.text_unless_empty(sample_part::name, name);
  out.number_unless_zero(sample_part::first, thousandths(first));
  out.number_unless_zero(sample_part::second, thousandths(second));
  return out;
}

UsageRate read_named(TlvReader& outer) {
  UsageRate rate;
  TlvReader in(outer.value());
  while (in.next()) {
    switch (in.tag()) {
      case sample_part::name:
        rate.name = read_text(in);
        break;
      case sample_part::first:
        rate.in = read_thousandths(in);
        break;
      case sample_part::second:
        rate.out = read_thousandths(in);
        break;
      default:
        break;
    }
  }
  if (in.malformed()) {
    outer.set_malformed();
  }
  return rate;
}

template <typename T>
void add(TlvReader& in, std::vector<T>& to, T item) {
  if (to.size() >= limits::statistics_items_max) {
    in.set_malformed();
    return;
  }
  to.push_back(std::move(item));
}

TlvWriter write_point(const ProcessPoint& point) {
  TlvWriter out;
  write_span(out, point.span);
  out.text(sample::namespec, point.namespec);
  out.number_unless_zero(sample::pid, static_cast<std::uint64_t>(std::int64_t{point.pid}));
  out.number_unless_zero(sample::cpu, thousandths(point.cpu));
  out.number_unless_zero(sample::memory, thousandths(point.memory));
  out.number_unless_zero(sample::cores, point.cores);
  return out;
}

ProcessPoint read_point(TlvReader& outer) {
  ProcessPoint point;
  bool has_namespec = false;  // which is "" for the process "" of the group ""
  TlvReader in(outer.value());
  while (in.next()) {
    if (read_span_item(in, point.span)) {
      continue;
    }
    switch (in.tag()) {
      case sample::namespec:
        point.namespec = read_text(in);
        has_namespec = true;
        break;
      case sample::pid:
        point.pid = read_int32(in);
        break;
      case sample::cpu:
        point.cpu = read_thousandths(in);
        break;
      case sample::memory:
        point.memory = read_thousandths(in);
        break;
      case sample::cores:
        point.cores = in.number_up_to(limits::statistics_items_max);
        break;
      default:
        break;
    }
  }
  if (in.malformed() || !has_namespec) {
    outer.set_malformed();
  }
  return point;
}

}  // namespace

void write(TlvWriter& out, const HostSample& m) {
  write_span(out, m.point.span);
  for (const double percent : m.point.cpu) {
    out.number(sample::cpu, thousandths(percent));
  }
  out.number_unless_zero(sample::memory, thousandths(m.point.memory));
  for (const UsageRate& rate : m.point.networks) {
    out.nested(sample::network, write_named(rate.name, rate.in, rate.out));
  }
  for (const UsageRate& rate : m.point.disks) {
    out.nested(sample::disk, write_named(rate.name, rate.in, rate.out));
  }
  for (const auto& [name, percent] : m.point.mounts) {
    out.nested(sample::mount, write_named(name, percent, 0));
  }
}

void read_item(TlvReader& in, HostSample& m) {
  if (read_span_item(in, m.point.span)) {
    return;
  }
  switch (in.tag()) {
    case sample::cpu:
      return add(in, m.point.cpu, read_thousandths(in));
    case sample::memory:
      m.point.memory = read_thousandths(in);
      return;
    case sample::network:
      return add(in, m.point.networks, read_named(in));
    case sample::disk:
      return add(in, m.point.disks, read_named(in));
    case sample::mount: {
      const UsageRate mount = read_named(in);
      return add(in, m.point.mounts, {mount.name, mount.in});
    }
    default:
      return;
  }
}

void write(TlvWriter& out, const ProcessSamples& m) {
  for (const ProcessPoint& point : m.points) {
    out.nested(sample::point, write_point(point));
  }
}

void read_item(TlvReader& in, ProcessSamples& m) {
  if (in.tag() != sample::point) {
    return;
  }
  m.points.push_back(read_point(in));
  if (m.points.size() > limits::statistics_frame_points) {
    in.set_malformed();
  }
}

}  // namespace holdfast::cluster
