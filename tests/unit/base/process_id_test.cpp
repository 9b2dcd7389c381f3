// Namespecs of contract supervisor.md 4.4.
#include "base/process_id.hpp"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Namespec, SplitsAtTheFirstColon) {
  EXPECT_EQ(split_namespec("a").group, "a");
  EXPECT_EQ(split_namespec("a").process, "a");
  EXPECT_EQ(split_namespec("a:b").group, "a");
  EXPECT_EQ(split_namespec("a:b").process, "b");
  EXPECT_EQ(split_namespec("a:b:c").process, "b:c");
  EXPECT_EQ(split_namespec("a:*").process, std::nullopt);
  EXPECT_EQ(split_namespec("a:").process, std::nullopt);
  EXPECT_EQ(split_namespec(":b").group, "");
  EXPECT_EQ(make_namespec({"a", "a"}), "a");
  EXPECT_EQ(make_namespec({"a", "b"}), "a:b");
  EXPECT_EQ(full_namespec({"a", "a"}), "a:a");
  EXPECT_EQ(full_namespec({"", ""}), ":");
}

TEST(ProcessId, IsReadAsItIsPrinted) {
  for (const ProcessId& id :
       {ProcessId{"a", "b"}, ProcessId{"a", "a"}, ProcessId{"a", "b:c"}, ProcessId{"a", "*"}, ProcessId{"", ""}}) {
    EXPECT_EQ(parse_process_id(full_namespec(id)), id);
  }
  EXPECT_EQ(parse_process_id("web"), (ProcessId{"web", "web"}));
}

TEST(Namespec, WhatItMatches) {
  EXPECT_TRUE(split_namespec("shop:web").matches("shop", "web"));
  EXPECT_FALSE(split_namespec("shop:web").matches("shop", "db"));
  EXPECT_FALSE(split_namespec("web").matches("shop", "web"));
  EXPECT_TRUE(split_namespec("shop:*").matches("shop", "db"));
  EXPECT_FALSE(split_namespec("shop:*").matches("web", "web"));
}

}  // namespace
}  // namespace holdfast
