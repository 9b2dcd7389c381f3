// DESIGN section 9: the OpenAPI document is the method table; faults have HTTP statuses.
#include "api/methods/openapi.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/fault.hpp"

namespace holdfast::api {
namespace {

class TheDocument : public testing::Test {
 protected:
  TheDocument() {
    const MethodBody nothing = [](const auto&, const Caller&, const MethodDone&) {};
    table.add({"test.read", "struct", {{"zeta", "string"}, {"alpha", "int", 7}}, "Reads.", true, nothing});
    table.add({"test.act", "boolean", {}, "Acts.", false, nothing});
    document = openapi_of(table, "1.2");
  }
  MethodTable table;
  nlohmann::ordered_json document;
};

TEST_F(TheDocument, HasEachMethodWithItsParametersInOrder) {
  const auto& read = document["paths"]["/api/v1/test.read"];
  const auto& schema = read["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"];
  EXPECT_EQ(schema[0]["properties"].dump(), R"({"zeta":{"type":"string"},"alpha":{"type":"integer","default":7}})");
  EXPECT_EQ(schema[0]["required"].dump(), R"(["zeta"])");
  EXPECT_EQ(schema[1]["minItems"], 1);
  EXPECT_EQ(schema[1]["maxItems"], 2);
  EXPECT_EQ(read["get"]["parameters"][0]["name"], "zeta");
  EXPECT_EQ(read["get"]["parameters"][1]["required"], false);
  EXPECT_EQ(read["post"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["result"]["type"],
            "object");
  EXPECT_FALSE(document["paths"]["/api/v1/test.act"].contains("get")) << "GET never changes anything";
  EXPECT_EQ(document["paths"].size(), table.methods().size() + 1) << "and the events";
  EXPECT_EQ(document["info"]["version"], "1.2");
}

TEST_F(TheDocument, DescribesEveryStatusOfAFault) {
  for (const int status : fault_statuses()) {
    const std::string text = std::to_string(status);
    EXPECT_EQ(document["paths"]["/api/v1/test.act"]["post"]["responses"][text]["$ref"],
              "#/components/responses/Fault" + text);
    EXPECT_FALSE(document["components"]["responses"]["Fault" + text]["description"].get<std::string>().empty());
  }
}

TEST(FaultStatus, EveryFaultThatIsAnAnswerHasOne) {
  for (const FaultRow& row : kFaults) {
    const int code = code_of(row.fault);
    const auto faults = faults_of_status(http_status_of(code));
    EXPECT_EQ(std::ranges::any_of(faults, [code](const auto& fault) { return fault.first == code; }),
              row.fault != Fault::success)
        << row.name;
  }
  EXPECT_EQ(http_status_of(2), 400);
  EXPECT_EQ(http_status_of(6), 503);
  EXPECT_EQ(http_status_of(10), 404);
  EXPECT_EQ(http_status_of(30), 500);
  EXPECT_EQ(http_status_of(60), 409);
  EXPECT_EQ(http_status_of(12345), 500) << "unknown ones";
}

}  // namespace
}  // namespace holdfast::api
