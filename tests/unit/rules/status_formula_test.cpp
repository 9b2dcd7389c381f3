// The formula of <operational_status> (contract supvisors.md 2.6).
#include "rules/status_formula.hpp"

#include "base/limits.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// "true", "false", or what is wrong.
std::string value(const std::string& text,
                  const StatusFormula::Processes& processes = {
                      {"up", true}, {"down", false}, {"w_1", true}, {"w_2", false}, {"c++", true}}) {
  const auto formula = StatusFormula::parse(text);
  if (!formula) {
    return "at load: " + formula.error().message;
  }
  const auto result = formula.value().evaluate(processes);
  return !result ? result.error().message : result.value() ? "true" : "false";
}

struct Line {
  const char* formula;
  const char* wanted;  // a part of it
};

TEST(StatusFormula, RulF1GrammarIsPythons) {
  for (const Line& line : std::vector<Line>{
           {"'up'", "true"},
           {R"("down")", "false"},
           {"not 'down'", "true"},
           {"not not 'up'", "true"},
           {"'up' or 'down' and 'down'", "true"},  // and before or
           {"('up' or 'down') and 'down'", "false"},
           {"not 'up' or 'up'", "true"},  // not before both
           {"not ('up' or 'up')", "false"},
           {"'up' and 'up' and 'down'", "false"},
           {"('up'\n  and\n  'up')", "true"},
           {"any('w_.*')", "true"},
           {"all('w_.*')", "false"},
           {"any('up' and 'down')", "false"},
           {"all(('up'))", "true"},
           {R"(any(r"w_\d"))", "true"},
           {R"(any("w_\d"))", "true"},
           {"'u' 'p'", "true"},  // side by side: one literal
           {"any\t( 'w_.' )", "true"},
       }) {
    EXPECT_EQ(value(line.formula), line.wanted) << line.formula;
  }
}

TEST(StatusFormula, RulF2NameThenAnchoredPattern) {
  for (const Line& line : std::vector<Line>{
           {"'c++'", "true"},  // a name, though no pattern
           {"'c+++'", "\"c+++\" matches no process"},
           {"'u.'", "true"},               // one match is a boolean
           {"'p'", "matches no process"},  // not anchored it would be in `up`
           {"'w_.'", "matches several processes"},
           {"not 'w_.'", "matches several processes"},
           {"'w_.' and 'up'", "matches several processes"},
           {"'up' or 'nobody'", "\"nobody\" matches no process"},
           {"all('up|down')", "false"},
       }) {
    EXPECT_THAT(value(line.formula), HasSubstr(line.wanted)) << line.formula;
  }
}

TEST(StatusFormula, RulF4WhatIsWrongAtLoad) {
  for (const Line& line : std::vector<Line>{
           {"", "at position 1: expected"},
           {"'up' 1", "at position 6: one expression ends here"},
           {"'up'\n'down'", "at position 5: one expression ends here"},
           {"'up'; 'down'", "one expression ends here"},
           {"'up' and", "at position 9: expected a process name"},
           {"('up'", "expected )"},
           {"'up", "the quotes are not closed"},
           {"any 'up'", "expected ( after any or all"},
           {"count('up')", "at position 1: expected"},
           {"'up' & 'down'", "one expression ends here"},
           {"any('up', 'down')", "expected )"},
           {"anything", "expected"},
           {"1", "expected"},
       }) {
    EXPECT_THAT(value(line.formula), HasSubstr(line.wanted)) << line.formula;
    EXPECT_THAT(value(line.formula), HasSubstr("at load: formula `")) << line.formula;
  }
}

TEST(StatusFormula, LengthDepthAndNumberAreBounded) {
  const auto repeated = [](const std::string& part, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
      all += part;
    }
    return all;
  };
  const std::size_t deep = limits::rules_formula_depth;
  EXPECT_EQ(value(repeated("(", deep) + "'up'" + repeated(")", deep)), "true");
  EXPECT_THAT(value(repeated("(", 1000) + "'up'"), HasSubstr("nested more than 32 deep"));
  EXPECT_THAT(value(repeated("not ", 500) + "'up'"), HasSubstr("nested more than 32 deep"));
  EXPECT_EQ(value("'up'" + repeated(" and 'up'", limits::rules_formula_literals - 1)), "true");
  EXPECT_THAT(value("'up'" + repeated(" and 'up'", limits::rules_formula_literals)), HasSubstr("more than 64 names"));
  EXPECT_THAT(value(repeated(" ", limits::rules_formula_max + 1)), HasSubstr("more than 4096 bytes"));
}

std::string with_formula(const std::string& formula) {
  return "<application name=\"a\"><operational_status>" + formula + R"(</operational_status><programs>
    <program name="need"><start_sequence>1</start_sequence><required>true</required></program>
    <program name="nice"></program></programs></application>)";
}

struct Formula : World {
  explicit Formula(const std::string& formula) : World(with_formula(formula)) {
    define("a", "need");
    define("a", "nice");
  }
  ApplicationStatus status() { return application_status(view, engine().matcher(), "a"); }
};

TEST(ApplicationFormula, RulF3BooleanOfAProcessIsItsDisplayedState) {
  Formula w("'nice'");
  w.quiet("a:need", 1, ProcessState::running);
  for (const auto state : {ProcessState::starting, ProcessState::backoff, ProcessState::running}) {
    w.quiet("a:nice", 1, state);
    EXPECT_FALSE(w.status().major_failure);
  }
  w.quiet("a:nice", 1, ProcessState::exited, true);
  EXPECT_FALSE(w.status().major_failure) << "EXITED as expected is as it should be";
  w.quiet("a:nice", 1, ProcessState::exited, false);
  EXPECT_TRUE(w.status().major_failure);
  w.quiet("a:nice", 1, ProcessState::stopping);
  EXPECT_TRUE(w.status().major_failure) << "STOPPING is in no set";
  w.quiet("a:nice", 1, ProcessState::running);
  w.view.applications["a"]["nice"].forced = ForcedView{ProcessState::fatal, "no resource"};
  EXPECT_TRUE(w.status().major_failure) << "the forced state is what is displayed";
}

TEST(ApplicationFormula, RulF5FalseIsMajorElseAnyFailureIsMinor) {
  Formula w("'need' or 'nice'");
  EXPECT_TRUE(w.status().major_failure) << "nothing runs: false, and `required` does not count";
  EXPECT_EQ(label_of(w.status()), "");
  w.quiet("a:need", 1, ProcessState::fatal);
  w.quiet("a:nice", 1, ProcessState::running);
  EXPECT_FALSE(w.status().major_failure) << "required, yet the formula decides";
  EXPECT_TRUE(w.status().minor_failure);
  EXPECT_EQ(label_of(w.status()), "Degraded");
  w.quiet("a:nice", 1, ProcessState::unknown);  // rank 0 counts, too
  EXPECT_TRUE(w.status().major_failure);
  EXPECT_FALSE(w.status().minor_failure) << "major clears minor";
  EXPECT_THAT(w.status().causes, Contains("formula 'need' or 'nice' is false"));
  w.quiet("a:need", 1, ProcessState::running);
  EXPECT_TRUE(w.status().minor_failure);
}

TEST(ApplicationFormula, RulF4EvaluationErrorIsMajor) {
  Formula w("'need' and 'gone'");
  w.quiet("a:need", 1, ProcessState::running);
  EXPECT_TRUE(w.status().major_failure);
  EXPECT_EQ(label_of(w.status()), "Not Operational");
  EXPECT_THAT(w.status().causes, Contains(HasSubstr("cannot be resolved: \"gone\" matches no process")));
}

TEST(ApplicationFormula, RulF4SyntaxErrorFallsBackToRequired) {
  const auto read = read_text(with_formula("'need' and"));
  ASSERT_EQ(read.warnings.size(), 1u);
  EXPECT_THAT(read.warnings[0], HasSubstr("rules.xml:1: error in <operational_status>: formula `'need' and`, at"));
  Formula w("'need' and");
  EXPECT_EQ(w.engine().matcher().application("a").operational_status, "") << "get_application_rules has none";
  w.quiet("a:nice", 1, ProcessState::running);
  w.quiet("a:need", 1, ProcessState::fatal);
  EXPECT_TRUE(w.status().major_failure) << "required";
  EXPECT_THAT(w.status().causes, Contains("need is FATAL and required"));
}

TEST(ApplicationFormula, RulF6NoActionDependsOnIt) {
  Formula w("'need' and 'nice'");
  w.request(RequestKind::start_application, "a");
  EXPECT_TRUE(w.done()) << "RUNNING, though not operational";
  EXPECT_EQ(label_of(w.status()), "Not Operational");
  static_cast<void>(w.orders());
  w.become("a:nice", 1, ProcessState::fatal);
  EXPECT_THAT(w.orders(), testing::IsEmpty());
  Formula stopped("'need' and 'nice'");
  stopped.request(RequestKind::start_application, "a");
  stopped.request(RequestKind::stop_application, "a", "", "stop");
  EXPECT_TRUE(stopped.status().major_failure);
  EXPECT_FALSE(stopped.status().needs_repair) << "stopped on purpose: no automatic start (SEQ-1)";
}

}  // namespace
}  // namespace holdfast::rules
