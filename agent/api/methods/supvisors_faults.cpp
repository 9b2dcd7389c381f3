#include "api/methods/supvisors_faults.hpp"

#include <variant>

#include "api/methods/supvisors_rows.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

/// The name of the type in Python, which Supvisors says.
std::string_view python_type_of(const wire::Value& value) {
  struct Name {
    std::string_view operator()(std::int64_t) const { return "int"; }
    std::string_view operator()(bool) const { return "bool"; }
    std::string_view operator()(const std::string&) const { return "str"; }
    std::string_view operator()(double) const { return "float"; }
    std::string_view operator()(const wire::DateTime&) const { return "xmlrpc.client.DateTime"; }
    std::string_view operator()(const wire::Base64&) const { return "xmlrpc.client.Binary"; }
    std::string_view operator()(const wire::Array&) const { return "list"; }
    std::string_view operator()(const wire::Struct&) const { return "dict"; }
  };
  return std::visit(Name{}, value.data());
}

/// As Python prints it; of what has parts, the type alone is said.
std::string python_text_of(const wire::Value& value) {
  const std::vector<wire::Value> params{value};
  Arguments arguments(params);
  std::string text = arguments.text(0);
  return arguments.failed() ? std::string() : text;
}

}  // namespace

wire::Fault unknown_identifier(const std::string& name) {
  return make_fault(Fault::bad_name, "identifier=" + name + " is unknown to Supvisors");
}

wire::Fault unknown_application(const std::string& name) {
  return make_fault(Fault::bad_name, "application=" + name + " unknown to Supvisors");
}

wire::Fault unknown_program(const std::string& name) {
  return make_fault(Fault::bad_name, "program=" + name + " unknown to Supvisors");
}

wire::Fault unknown_namespec(const MethodCall& call, const std::string& namespec) {
  const Namespec spec = split_namespec(namespec);
  if (!view_of(call).cluster.applications.contains(spec.group)) {
    return unknown_application(spec.group);
  }
  return make_fault(Fault::bad_name, "process=" + spec.process.value_or("*") + " unknown in application=" + spec.group);
}

wire::Fault invalid_value(std::string_view kind, const wire::Value& value, const std::vector<std::string>& names,
                          const std::vector<std::string>& numbers) {
  std::string text = "invalid " + std::string(kind) + " value=" + python_text_of(value);
  if (value.as_string() != nullptr) {
    text += " - string expected in " + text::quoted_list(names);
  } else if (value.as_int() != nullptr) {
    text += " - integer expected in [" + text::join(numbers, ", ") + "]";
  } else {
    text += " type=<class '" + std::string(python_type_of(value)) + "'> - type string or integer expected";
  }
  return make_fault(Fault::incorrect_parameters, text);
}

}  // namespace holdfast::api
