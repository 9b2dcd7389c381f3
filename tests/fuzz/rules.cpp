// Rules files: the XML reader, the schema, and the reader of the rules (contract supvisors.md 2).
#include <fstream>
#include <iterator>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "rules/rule_reader.hpp"
#include "wire/xml_document.hpp"

using namespace holdfast;

namespace {

const wire::XmlSchema& schema() {
  static const wire::XmlSchema* one = [] {
    auto read = wire::XmlSchema::load(HOLDFAST_SOURCE_DIR "/schemas/rules.xsd");
    CHECK(read.ok());
    return new wire::XmlSchema(std::move(read).value());
  }();
  return *one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = wire::XmlDocument::parse(text, "rules.xml");
  if (!document.ok()) {
    CHECK(!document.error().message.empty());
    return 0;
  }
  const bool valid = schema().validate(document.value()).empty();
  const auto read = rules::read_rules({{"rules.xml", document.value().to_tree()}});
  CHECK(!valid || read.ok() || !read.error().message.empty());
  return 0;
}
