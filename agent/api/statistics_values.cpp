#include "api/statistics_values.hpp"

#include <cmath>
#include <iterator>
#include <utility>

namespace holdfast::api {
namespace {

using supervision::UsageRate;
using supervision::UsageSpan;

wire::Value rates_value(const std::vector<UsageRate>& rates) {
  wire::Struct values;
  for (const UsageRate& rate : rates) {
    values.push_back({rate.name, wire::Array{rounded(rate.in), rounded(rate.out)}});
  }
  return values;
}

wire::Struct span_members(const std::string& identifier, Instant now, const UsageSpan& span) {
  return {{"identifier", identifier},
          {"now_monotonic", static_cast<double>(now.ms()) / 1e3},
          {"target_period", to_seconds(span.period)},
          {"period", wire::Array{rounded(span.begin_s), rounded(span.end_s)}}};
}

void append(wire::Struct& members, wire::Struct more) {
  members.insert(members.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

double to_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

double rounded(double number) {
  constexpr double kThousandth = 1000;
  return std::round(number * kThousandth) / kThousandth;
}

wire::Value host_point_value(const std::string& identifier, Instant now, const supervision::HostPoint& point) {
  wire::Array cpu;
  for (const double percent : point.cpu) {
    cpu.push_back(rounded(percent));
  }
  wire::Struct mounts;
  for (const auto& [name, percent] : point.mounts) {
    mounts.push_back({name, rounded(percent)});
  }
  wire::Struct members = span_members(identifier, now, point.span);
  append(members, {{"cpu", std::move(cpu)},
                   {"mem", rounded(point.memory)},
                   {"net_io", rates_value(point.networks)},
                   {"disk_io", rates_value(point.disks)},
                   {"disk_usage", std::move(mounts)}});
  return members;
}

wire::Value process_point_value(const std::string& identifier, Instant now, const supervision::ProcessPoint& point) {
  wire::Struct members{{"namespec", point.namespec}};
  append(members, span_members(identifier, now, point.span));
  append(members, {{"pid", point.pid}, {"cpu", rounded(point.cpu)}, {"mem", rounded(point.memory)}});
  if (point.cores > 0) {
    members.push_back({"nb_cores", point.cores});
  }
  return members;
}

}  // namespace holdfast::api
