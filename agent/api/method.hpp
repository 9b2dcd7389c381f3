// method.hpp: one API method as the method table holds it: name, parameters, result type, help and body. From the same
// entry come the XML-RPC method, its JSON twin, system.listMethods, methodHelp and methodSignature, and the reference
// page. A body answers once, now or later (deferred replies, contract supervisor.md 4.1), by calling `done` on the
// loop. Values only; the bodies are in methods/. Used by everything that makes or calls methods.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/xmlrpc_codec.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::api {

/// Who calls, for the history of actions.
struct Caller {
  std::string user;            // empty = not authenticated
  std::string origin;          // address and face: "127.0.0.1:40812 XML-RPC"
  std::string operation = {};  // of the cluster, when the call is part of one
};

/// A call that the reference answers with HTTP 500 (arguments of a type it cannot work with; contract 4.1).
struct Unexpected {
  std::string what;
};

using MethodResult = std::variant<wire::Value, wire::Fault, Unexpected>;
using MethodDone = std::function<void(MethodResult)>;

/// A parameter of a method; the type words are those of system.methodSignature.
struct MethodParameter {
  std::string name;
  std::string type;  // string int boolean array struct double
  /// What it is when it is absent: then the body finds fewer params, or this before later ones that are given
  /// by name. nullopt: it must be given.
  std::optional<wire::Value> otherwise = std::nullopt;
  [[nodiscard]] bool optional() const { return otherwise.has_value(); }
};

using MethodBody = std::function<void(const std::vector<wire::Value>& params, const Caller& caller, MethodDone done)>;

struct Method {
  std::string name;    // namespace.method
  std::string result;  // type word
  std::vector<MethodParameter> parameters;
  std::string help;
  bool reads_only = false;  // the JSON twin also answers GET
  MethodBody body;
};

}  // namespace holdfast::api
