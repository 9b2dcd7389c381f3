// Rows of methods: what of a row arrives in the table, and that a refusal answers before the body.
#include "api/methods/method_rows.hpp"

#include <gtest/gtest.h>

#include "api/fault.hpp"
#include "api/methods/supervisor_methods.hpp"
#include "fake_ports.hpp"

namespace holdfast::api {
namespace {

MethodResult call(const MethodTable& table, const std::string& name, const std::vector<wire::Value>& params = {}) {
  std::optional<MethodResult> result;
  table.call(name, params, Caller{}, [&](MethodResult answer) { result = std::move(answer); });
  return result.value_or(Unexpected{"no answer yet"});
}

int fault_in(const MethodResult& result) {
  const auto* fault = std::get_if<wire::Fault>(&result);
  return fault == nullptr ? 0 : fault->code;
}

std::vector<MethodRow> echo_rows() {
  return {{.name = "echo",
           .alias = "say",
           .result = "string",
           .parameters = {{"text", "string"}},
           .help = "Says it again.",
           .reads_only = true,
           .body = [](const MethodCall& call) { call.done(wire::Value(call.arguments.string(0))); }}};
}

TEST(MethodRows, BecomeMethodsOfTheirNamespace) {
  FakePorts fake({});
  MethodTable table;
  add_rows(table, "test", fake.ports, echo_rows());
  const Method* method = table.find("test.echo");
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(method->result, "string");
  EXPECT_EQ(method->help, "Says it again.");
  EXPECT_EQ(method->parameters.size(), 1U);
  EXPECT_TRUE(method->reads_only);
  EXPECT_EQ(std::get<wire::Value>(call(table, "test.echo", {"x"})), wire::Value("x"));
  EXPECT_EQ(std::get<wire::Value>(call(table, "test.say", {"x"})), wire::Value("x"));
}

TEST(MethodRows, ARefusalAnswersInPlaceOfTheBody) {
  FakePorts fake({});
  MethodTable table;
  add_rows(table, "test", fake.ports, echo_rows(),
           [](const Ports&) -> std::optional<wire::Fault> { return make_fault(Fault::shutdown_state); });
  EXPECT_EQ(fault_in(call(table, "test.echo", {"x"})), code_of(Fault::shutdown_state));
}

TEST(SupervisorMethods, AnswerUntilTheDaemonStopsAndOneAlsoThen) {  // contract 4.3
  FakePorts fake({"web"});
  MethodTable table;
  add_supervisor_methods(table, "supervisor", fake.ports);
  EXPECT_EQ(std::get<wire::Value>(call(table, "supervisor.getPID")), wire::Value(11));
  EXPECT_EQ(fault_in(call(table, "supervisor.getProcessInfo", {"none"})), code_of(Fault::bad_name));
  EXPECT_EQ(std::get<wire::Value>(call(table, "supervisor.shutdown")), wire::Value(true));
  EXPECT_EQ(fault_in(call(table, "supervisor.getPID")), code_of(Fault::shutdown_state));
  EXPECT_EQ(std::get<wire::Value>(call(table, "supervisor.sendRemoteCommEvent", {"a", "b"})), wire::Value(true));
  EXPECT_EQ(fake.supervision.remote_events, std::vector<std::string>{"a"});
  EXPECT_EQ(fake.history.records, std::vector<std::string>{"|send event a|done"});
}

}  // namespace
}  // namespace holdfast::api
