// The XML reader: what becomes of a document in the tree, where errors point, and everything that must be
// refused.
#include "wire/xml_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace holdfast::wire {
namespace {

using testing::HasSubstr;

std::string refusal_of(const std::string& text) {
  const Result<Tree> tree = read_xml(text, "rules.xml");
  return tree.ok() ? "accepted" : tree.error().message;
}

TEST(XmlDocument, ElementsAttributesTextAndLinesBecomeATree) {
  const Result<Tree> tree = read_xml(
      "<root a=\"1\" b='x &amp; y'>\n"
      "  <item name='one'>  first </item>\n"
      "  <item/>\n"
      "</root>\n",
      "rules.xml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  ASSERT_EQ(tree.value().size(), 1U);
  const Tree* root = find_child(tree.value(), "root");
  ASSERT_NE(root, nullptr);
  ASSERT_NE(find_attribute(*root, "b"), nullptr);
  EXPECT_EQ(find_attribute(*root, "a")->text, "1");
  EXPECT_EQ(find_attribute(*root, "b")->text, "x & y");
  EXPECT_EQ(find_attribute(*root, "c"), nullptr);
  EXPECT_EQ(root->front().first, kXmlAttributes);
  EXPECT_EQ(root->count("item"), 2U);
  const Tree* item = find_child(*root, "item");
  EXPECT_EQ(item->data().text, "  first ");  // never trimmed
  EXPECT_EQ(place_of(*item), "rules.xml:2");
  EXPECT_EQ(find_attribute(*item, "name")->line, 2);
  EXPECT_EQ(place_of(root->back().second), "rules.xml:3");
  EXPECT_EQ(find_attribute(root->back().second, "name"), nullptr);
}

TEST(XmlDocument, PiecesOfTextJoinAndCommentsAreLeftOut) {
  const Result<Tree> tree = read_xml("<a>one<!-- not this --> two<![CDATA[ <three> & ]]><b/>four</a>", "x");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  EXPECT_EQ(tree.value().front().second.data().text, "one two <three> & four");
}

TEST(XmlDocument, DottedAndPrefixedNamesStay) {
  const Result<Tree> tree = read_xml(
      "<a.b xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='r.xsd'/>", "x");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  const Tree* root = find_child(tree.value(), "a.b");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(find_attribute(*root, "xsi:noNamespaceSchemaLocation")->text, "r.xsd");
}

TEST(XmlDocument, ErrorsNameTheLine) {
  EXPECT_THAT(refusal_of("<a>\n<b>\n</a>"), HasSubstr("rules.xml:3: "));
  EXPECT_THAT(refusal_of("<a>\n<b>\n</a>"), HasSubstr("mismatch"));
  EXPECT_THAT(refusal_of(""), HasSubstr("rules.xml: empty"));
  EXPECT_THAT(refusal_of("no xml"), HasSubstr("rules.xml:1: "));
  EXPECT_EQ(refusal_of("<a>\n<b>\n</a>").find('\n'), std::string::npos);
}

TEST(XmlDocument, WhatIsNotXmlIsRefused) {
  EXPECT_NE(refusal_of("<a></b>"), "accepted");
  EXPECT_NE(refusal_of("<a/><b/>"), "accepted");
  EXPECT_NE(refusal_of(std::string("<a/>\0<b", 7)), "accepted");
  EXPECT_NE(refusal_of("<a>\xFF\xFE</a>"), "accepted");
  EXPECT_NE(refusal_of("<a>&#0;</a>"), "accepted");
  EXPECT_NE(refusal_of("<a>\x01</a>"), "accepted");
  EXPECT_NE(refusal_of("<a>&unknown;</a>"), "accepted");
  EXPECT_NE(refusal_of("<a"), "accepted");
  EXPECT_EQ(refusal_of("<a>\xC3\xA9&#233;</a>"), "accepted");
}

TEST(XmlDocument, AnyDoctypeIsRefusedBeforeItIsRead) {
  const std::string expected = "rules.xml:2: a document type declaration (<!DOCTYPE) is not accepted; remove it";
  EXPECT_EQ(refusal_of("<?xml version='1.0'?>\n<!DOCTYPE a>\n<a/>"), expected);
  EXPECT_EQ(refusal_of("\n<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a/>"), expected);
  EXPECT_EQ(refusal_of("\n<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), expected);
  std::string bomb = "\n<!DOCTYPE a [<!ENTITY e0 'ha'>";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "&e" + std::to_string(i - 1) + ";";
    bomb += "<!ENTITY e" + std::to_string(i) + " '" + before + before + before + "'>";
  }
  EXPECT_EQ(refusal_of(bomb + "]><a>&e29;</a>"), expected);
  EXPECT_THAT(refusal_of("<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p; ]><a/>"), HasSubstr("DOCTYPE"));
}

TEST(XmlDocument, DepthSizeAndCountAreBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
      text += "<a>";
    }
    for (int i = 0; i < depth; ++i) {
      text += "</a>";
    }
    return text;
  };
  EXPECT_EQ(refusal_of(nested(limits::xml_depth)), "accepted");
  EXPECT_THAT(refusal_of(nested(limits::xml_depth + 1)), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(refusal_of(nested(100000)), HasSubstr("nested deeper"));
  EXPECT_THAT(refusal_of("<a>" + std::string(limits::xml_document_bytes, 'x') + "</a>"), HasSubstr("larger than"));

  std::string many = "<a>";
  for (int i = 0; i < 100; ++i) {
    many += "<b c='1'/>";
  }
  many += "</a>";
  XmlLimits limits;
  limits.elements = 201;
  EXPECT_TRUE(XmlDocument::parse(many, "x", limits).ok());
  limits.elements = 200;
  const auto refused = XmlDocument::parse(many, "x", limits);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("more than 200 elements"));
}

TEST(XmlDocument, FilesAreReadOrTheReasonIsSaid) {
  const std::string path = testing::TempDir() + "holdfast_xml_" + std::to_string(getpid()) + ".xml";
  std::ofstream(path) << "<rules>\n<x></rules>";
  const auto broken = read_xml_file(path);
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(broken.error().message, HasSubstr(path + ":2: "));
  std::ofstream(path, std::ios::trunc) << "<rules/>";
  EXPECT_TRUE(read_xml_file(path).ok());
  std::remove(path.c_str());
  const auto absent = read_xml_file(path);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().message, path + ": cannot be read: No such file or directory");
  EXPECT_THAT(read_xml_file("/dev/zero").error().message, HasSubstr("not a regular file"));
}

constexpr const char* kSchema = R"(<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="root">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="count" type="xs:positiveInteger" maxOccurs="unbounded"/>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>
)";

TEST(XmlSchema, AllViolationsComeWithTheirLines) {
  const auto schema = XmlSchema::parse(kSchema, "rules.xsd");
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  const auto good = XmlDocument::parse("<root><count>3</count></root>", "good.xml");
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(schema.value().validate(good.value()).empty());

  const auto bad =
      XmlDocument::parse("<root>\n<count>0</count>\n<count>1</count>\n<count>x</count>\n</root>", "bad.xml");
  ASSERT_TRUE(bad.ok());
  const auto errors = schema.value().validate(bad.value());
  ASSERT_GE(errors.size(), 2U);
  EXPECT_THAT(errors.front().message, HasSubstr("bad.xml:2: "));
  EXPECT_THAT(errors.back().message, HasSubstr("bad.xml:4: "));
  EXPECT_TRUE(schema.value().validate(good.value()).empty());  // one schema, many documents
}

TEST(XmlSchema, ErrorsAreBounded) {
  const auto schema = XmlSchema::parse(kSchema, "rules.xsd");
  ASSERT_TRUE(schema.ok());
  std::string text = "<root>";
  for (int i = 0; i < 1000; ++i) {
    text += "<count>x</count>";
  }
  const auto document = XmlDocument::parse(text + "</root>", "bad.xml");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(schema.value().validate(document.value()).size(), limits::xml_errors);
}

TEST(XmlSchema, ABrokenOrReachingSchemaIsRefused) {
  EXPECT_FALSE(XmlSchema::parse("<root/>", "x.xsd").ok());
  EXPECT_FALSE(XmlSchema::parse("<root>", "x.xsd").ok());
  const auto reaching = XmlSchema::parse(
      "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include "
      "schemaLocation='/etc/passwd'/></xs:schema>",
      "x.xsd");
  ASSERT_FALSE(reaching.ok());
  EXPECT_THAT(reaching.error().message, HasSubstr("includes or imports"));
}

}  // namespace
}  // namespace holdfast::wire
