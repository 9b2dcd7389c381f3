// method_rows.hpp: how the methods of a namespace are written down: each is one row of data and one function, which
// keeps nothing and gets whatever it needs with the call. add_rows puts rows into the method table. Used by
// *_methods.cpp.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/arguments.hpp"
#include "api/method_table.hpp"
#include "api/ports.hpp"
#include "cluster/operations/state_gates.hpp"

namespace holdfast::api {

/// One call as the function of its method sees it; valid during the function only. `done` is called once, now or later:
/// a later answer keeps copies of what it needs, and `ports`, which outlive every call.
struct MethodCall {
  Ports& ports;
  Arguments& arguments;
  const Caller& caller;
  const MethodDone& done;
};

struct MethodRow {
  std::string_view name;        // without its namespace
  std::string_view alias = {};  // another name of it; empty: none
  std::string_view result;      // type word
  std::vector<MethodParameter> parameters = {};
  std::string_view help;
  bool reads_only = false;                        // the JSON twin also answers GET
  cluster::StateSet states = cluster::kAnyState;  // of the cluster, in which it may be called
  void (*body)(const MethodCall& call) = nullptr;
};

/// A fault that answers every call of a namespace at the moment; nullopt: none does.
using Refusal = std::optional<wire::Fault> (*)(const Ports& ports);

/// Adds `rows` as methods of `prefix`. `ports` outlives the table.
void add_rows(MethodTable& table, std::string_view prefix, Ports& ports, const std::vector<MethodRow>& rows,
              Refusal refusal = nullptr);

}  // namespace holdfast::api
