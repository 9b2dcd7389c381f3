#include "api/method_table.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/fault.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::api {
namespace {

constexpr std::string_view kMulticall = "system.multicall";

wire::Value fault_struct(const wire::Fault& fault) {
  return wire::Struct{{"faultCode", fault.code}, {"faultString", fault.text}};
}

wire::Value bare_value(MethodResult result) {
  if (auto* value = std::get_if<wire::Value>(&result)) {
    return std::move(*value);
  }
  if (const auto* fault = std::get_if<wire::Fault>(&result)) {
    return fault_struct(*fault);
  }
  return fault_struct(make_fault(Fault::failed, std::get<Unexpected>(result).what));
}

/// The calls of one system.multicall, strictly one after another; a waiting call holds the following ones
/// (contract 4.9).
class Multicall : public std::enable_shared_from_this<Multicall> {
 public:
  Multicall(const MethodTable& table, wire::Array calls, Caller caller, MethodDone done)
      : table_(table), calls_(std::move(calls)), caller_(std::move(caller)), done_(std::move(done)) {}

  /// Runs until a call does not answer at once. A loop, not a recursion: a body may answer before it returns.
  void run() {
    running_ = true;
    while (next_ < calls_.size() && !waiting_) {
      waiting_ = true;
      start(calls_[next_++]);
    }
    running_ = false;
    if (next_ == calls_.size() && !waiting_ && done_) {
      std::exchange(done_, nullptr)(wire::Value(std::move(results_)));
    }
  }

 private:
  void start(const wire::Value& call) {
    const wire::Value* name = call.find("methodName");
    const std::string* text = name == nullptr ? nullptr : name->as_string();
    if (text == nullptr) {
      return finish(make_fault(Fault::incorrect_parameters, "No methodName"));
    }
    if (*text == kMulticall) {
      return finish(make_fault(Fault::incorrect_parameters, "Recursive system.multicall forbidden"));
    }
    const wire::Value* params = call.find("params");
    const wire::Array* array = params == nullptr ? nullptr : params->as_array();
    table_.call(*text, array == nullptr ? std::vector<wire::Value>{} : *array, caller_,
                [self = shared_from_this()](MethodResult result) { self->finish(std::move(result)); });
  }

  void finish(MethodResult result) {
    results_.push_back(bare_value(std::move(result)));
    waiting_ = false;
    if (!running_) {
      run();
    }
  }

  const MethodTable& table_;
  wire::Array calls_;
  Caller caller_;
  MethodDone done_;
  wire::Array results_;
  std::size_t next_ = 0;
  bool waiting_ = false;
  bool running_ = false;
};

}  // namespace

MethodTable::MethodTable() {
  add_system_methods();
}

void MethodTable::add(Method method) {
  CHECK(std::ranges::count(method.name, '.') == 1);
  std::string name = method.name;
  const bool inserted = methods_.emplace(std::move(name), std::move(method)).second;
  CHECK(inserted);
}

void MethodTable::add_alias(const std::string& alias, const std::string& name) {
  const Method* method = find(name);
  CHECK(method != nullptr);
  Method copy = *method;
  copy.name = alias;
  add(std::move(copy));
}

const Method* MethodTable::find(std::string_view name) const {
  const auto found = methods_.find(name);
  return found == methods_.end() ? nullptr : &found->second;
}

void MethodTable::call(std::string_view name, const std::vector<wire::Value>& params, const Caller& caller,
                       const MethodDone& done) const {
  const Method* method = find(name);
  if (method == nullptr) {
    return done(make_fault(Fault::unknown_method));
  }
  const auto required = std::ranges::count_if(method->parameters, [](const auto& p) { return !p.optional(); });
  if (params.size() < static_cast<std::size_t>(required) || params.size() > method->parameters.size()) {
    return done(make_fault(Fault::incorrect_parameters));
  }
  method->body(params, caller, done);
}

void MethodTable::add_system_methods() {
  add({"system.listMethods",
       "array",
       {},
       "Return an array listing the available method names.",
       true,
       [this](const auto&, const Caller&, const MethodDone& done) {
         wire::Array names;
         for (const auto& [name, method] : methods_) {
           names.emplace_back(name);
         }
         done(wire::Value(std::move(names)));
       }});
  add({"system.methodHelp",
       "string",
       {{"name", "string"}},
       "Return a string showing the method's documentation.",
       true,
       [this](const auto& params, const Caller&, const MethodDone& done) {
         const std::string* name = params[0].as_string();
         const Method* method = name == nullptr ? nullptr : find(*name);
         done(method == nullptr ? MethodResult(make_fault(Fault::signature_unsupported))
                                : MethodResult(wire::Value(method->help)));
       }});
  add({"system.methodSignature",
       "array",
       {{"name", "string"}},
       "Return an array describing the method's signature: the type of its result, then those of its "
       "parameters.",
       true,
       [this](const auto& params, const Caller&, const MethodDone& done) {
         const std::string* name = params[0].as_string();
         const Method* method = name == nullptr ? nullptr : find(*name);
         if (method == nullptr) {
           return done(make_fault(Fault::signature_unsupported));
         }
         wire::Array words{wire::Value(method->result)};
         for (const MethodParameter& parameter : method->parameters) {
           words.emplace_back(parameter.type);
         }
         done(wire::Value(std::move(words)));
       }});
  add({std::string(kMulticall),
       "array",
       {{"calls", "array"}},
       "Process an array of calls, one after another, and return an array of results.",
       false,
       [this](const auto& params, const Caller& caller, const MethodDone& done) {
         const wire::Array* calls = params[0].as_array();
         if (calls == nullptr || calls->size() > limits::api_multicall_calls) {
           return done(make_fault(Fault::incorrect_parameters));
         }
         std::make_shared<Multicall>(*this, *calls, caller, done)->run();
       }});
}

}  // namespace holdfast::api
