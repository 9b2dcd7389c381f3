// The addresses of the pages: what a request names, and where a form may return to.
#include "dashboard/addresses.hpp"

#include <gtest/gtest.h>

namespace holdfast::dashboard {
namespace {

TEST(Addresses, APathNamesAPageOrNone) {
  EXPECT_EQ(page_at("/"), Page::overview);
  EXPECT_EQ(page_at("/index.html"), Page::overview);
  EXPECT_EQ(page_at("/application"), Page::application);
  EXPECT_EQ(page_at("/process"), Page::process);
  for (const char* other :
       {"", "./", "/./", "process", "/process/", "/processes", "//process", "/tail.html", "/action"}) {
    EXPECT_EQ(page_at(other), std::nullopt) << other;
  }
}

TEST(Addresses, EveryPageCanBeReturnedTo) {
  for (const Page page : all_values<Page>()) {
    EXPECT_TRUE(is_local_page(address_of(page).value())) << name_of(page);
  }
}

TEST(Addresses, OnlyOurOwnPagesAreReturnedTo) {
  for (const char* good : {"./", "./?filter=a%20b", "application?name=web", "process?name=a%3Ab&node=n1"}) {
    EXPECT_TRUE(is_local_page(good)) << good;
  }
  for (const char* bad :
       {"", "/", "//evil.example/", "https://evil.example/", "javascript:alert(1)", "../x", "./\r\nSet-Cookie: a=b",
        "application/../../x", "\\\\evil", "./?a=\\", "action", "./ ", "application\x01?x", "process\xc2\xa0"}) {
    EXPECT_FALSE(is_local_page(bad)) << bad;
  }
}

}  // namespace
}  // namespace holdfast::dashboard
