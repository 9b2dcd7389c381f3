// What follows from the names of an enumeration, and the names that messages and files hold.
#include "base/enumeration.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "base/strategies.hpp"

namespace holdfast {
namespace {

enum class Color { red, green, blue };
constexpr std::string_view name_of(Color color) {
  switch (color) {
    case Color::red:
      return "RED";
    case Color::green:
      return "GREEN";
    case Color::blue:
      return "BLUE";
  }
  return {};
}

enum class Step : std::uint8_t { left = 1, right = 2 };
constexpr std::string_view name_of(Step step) {
  switch (step) {
    case Step::left:
      return "left";
    case Step::right:
      return "right";
  }
  return {};
}

static_assert(count_of<Color>() == 3 && count_of<Step>() == 2);
static_assert(all_values<Color>()[2] == Color::blue);
static_assert(all_values<Step>()[0] == Step::left && all_values<Step>()[1] == Step::right);

TEST(Enumeration, ParsesExactNamesOnly) {
  EXPECT_EQ(parse<Color>("GREEN"), Color::green);
  EXPECT_EQ(parse<Step>("left"), Step::left);
  for (const char* none : {"", "green", "GREEN ", "GREE", "REDGREEN"}) {
    EXPECT_FALSE(parse<Color>(none)) << none;
  }
}

TEST(Enumeration, ValueAtANumber) {
  EXPECT_EQ(value_at<Color>(0), Color::red);
  EXPECT_EQ(value_at<Color>(std::uint64_t{2}), Color::blue);
  EXPECT_FALSE(value_at<Color>(3));
  EXPECT_FALSE(value_at<Color>(-1));
  EXPECT_FALSE(value_at<Color>(std::int64_t{1} << 40));
  EXPECT_FALSE(value_at<Color>(~std::uint64_t{0}));
  EXPECT_FALSE(value_at<Step>(0)) << "it begins with 1";
  EXPECT_EQ(value_at<Step>(1), Step::left);
  EXPECT_EQ(value_at<Step>(2U), Step::right);
  EXPECT_FALSE(value_at<Step>(3));
}

TEST(Enumeration, NamesForAMessage) {
  EXPECT_EQ(names_of<Color>(), "RED, GREEN, BLUE");
  EXPECT_EQ(names_of<Color>(" or "), "RED, GREEN or BLUE");
  EXPECT_EQ(names_of<Step>(" or "), "left or right");
}

// The numbers are in requests of clients and in frames between nodes (contract supvisors.md 4.1, 4.6).
TEST(Strategies, HaveTheNamesAndNumbersOfSupvisors) {
  EXPECT_EQ(names_of<StartingStrategy>(),
            "CONFIG, LESS_LOADED, MOST_LOADED, LOCAL, LESS_LOADED_NODE, MOST_LOADED_NODE");
  EXPECT_EQ(names_of<ConciliationStrategy>(), "SENICIDE, INFANTICIDE, USER, STOP, RESTART, RUNNING_FAILURE");
  EXPECT_EQ(names_of<FailureStrategy>(), "CONTINUE, RESYNC, SHUTDOWN");
  EXPECT_EQ(static_cast<int>(StartingStrategy::most_loaded_node), 5);
  EXPECT_EQ(static_cast<int>(ConciliationStrategy::running_failure), 5);
}

}  // namespace
}  // namespace holdfast
