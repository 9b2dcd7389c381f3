#include "dashboard/html.hpp"

#include <gtest/gtest.h>

#include <concepts>

namespace holdfast::html {
namespace {

// What makes escaping a matter of types: no run-time string becomes markup.
static_assert(!std::convertible_to<std::string, Safe>);
static_assert(!std::constructible_from<Safe, std::string>);
static_assert(!std::constructible_from<Safe, std::string_view>);
static_assert(!std::constructible_from<Safe, const char*>);
static_assert(!std::constructible_from<Literal, const char*>);
static_assert(!std::constructible_from<Literal, std::string>);
static_assert(!std::constructible_from<Url, std::string>);

TEST(Html, TextIsEscaped) {
  EXPECT_EQ(text("<b a=\"1\" c='2'>&amp;").markup(), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(text(std::string_view("a\0b\x1b\xff", 5)).markup(),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(text("żółw\n\t").markup(), "żółw\n\t");
  EXPECT_EQ(number(-5).markup(), "-5");
}

TEST(Html, AttributesAreEscapedAndQuoted) {
  EXPECT_EQ(attribute("title", "\" onload=\"x").markup, " title=\"&quot; onload=&quot;x\"");
  EXPECT_EQ(flag("hidden", true).markup, " hidden");
  EXPECT_EQ(flag("hidden", false).markup, "");
}

TEST(Html, AddressesStayRelative) {
  const Url address = Url("process").query("name", "a:b&c=d#e%f/../g").query("node", "javascript:x");
  EXPECT_EQ(address.value(), "process?name=a%3Ab%26c%3Dd%23e%25f%2F..%2Fg&node=javascript%3Ax");
  EXPECT_EQ(url("href", address).markup,
            " href=\"process?name=a%3Ab%26c%3Dd%23e%25f%2F..%2Fg&amp;node=javascript%3Ax\"");
  EXPECT_EQ(percent_encoded("ż ~._-"), "%C5%BC%20~._-");
}

TEST(Html, ElementsNest) {
  const Safe inner = element("b", {}, text("<"));
  EXPECT_EQ(element("p", {attribute("class", "x"), Attribute{}}, inner + Safe(" & ")).markup(),
            "<p class=\"x\"><b>&lt;</b> & </p>");
  EXPECT_EQ(empty_element("br", {}).markup(), "<br>");
}

TEST(Html, IdsAreUniqueForAnyNames) {
  EXPECT_EQ(id_of("process", {"web", "w 1"}), "process.web.w~201");
  EXPECT_NE(id_of("p", {"a.b", "c"}), id_of("p", {"a", "b.c"}));
  EXPECT_NE(id_of("p", {"a", ""}), id_of("p", {"", "a"}));
}

}  // namespace
}  // namespace holdfast::html
