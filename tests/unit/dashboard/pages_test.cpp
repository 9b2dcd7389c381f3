#include "dashboard/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "dashboard/addresses.hpp"
#include "dashboard/assets.hpp"
#include "dashboard/filter.hpp"
#include "samples.hpp"

namespace holdfast::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A tag as it stands in a page.
struct Tag {
  std::string name;  // "/p" for an end tag
  std::vector<std::pair<std::string, std::string>> attributes;
};

/// Reads our own output strictly: anything that is not exactly how html.cpp writes a tag is reported. That is
/// how an unescaped byte anywhere in a page is found.
class Scanner {
 public:
  explicit Scanner(const std::string& page) : page_(page) {}

  std::vector<Tag> tags() {
    std::vector<Tag> all;
    while (at_ < page_.size()) {
      const char c = page_[at_];
      if (c == '<') {
        all.push_back(tag());
      } else {
        if (c == '>' || c == '"' || c == '\'') {
          ADD_FAILURE() << "a bare " << c << " in text at " << page_.substr(at_ > 40 ? at_ - 40 : 0, 80);
          return all;
        }
        if (c == '&') {
          entity();
        }
        ++at_;
      }
    }
    return all;
  }

 private:
  void entity() {
    const std::string_view rest = std::string_view(page_).substr(at_, 6);
    const bool known = rest.starts_with("&amp;") || rest.starts_with("&lt;") || rest.starts_with("&gt;") ||
                       rest.starts_with("&quot;") || rest.starts_with("&#39;");
    EXPECT_TRUE(known) << "a bare & at " << page_.substr(at_, 40);
  }

  Tag tag() {
    Tag result;
    ++at_;
    while (at_ < page_.size() && page_[at_] != '>' && page_[at_] != ' ') {
      result.name += page_[at_++];
    }
    while (at_ < page_.size() && page_[at_] == ' ') {
      ++at_;
      std::string name;
      std::string value;
      while (at_ < page_.size() && page_[at_] != '=' && page_[at_] != '>' && page_[at_] != ' ') {
        name += page_[at_++];
      }
      if (page_[at_] == '=') {
        at_ += 2;
        while (at_ < page_.size() && page_[at_] != '"') {
          EXPECT_TRUE(page_[at_] != '<' && page_[at_] != '>') << "in an attribute of " << result.name;
          if (page_[at_] == '&') {
            entity();
          }
          value += page_[at_++];
        }
        ++at_;
      }
      result.attributes.emplace_back(name, value);
    }
    EXPECT_EQ(page_.at(at_), '>') << result.name;
    ++at_;
    return result;
  }

  const std::string& page_;
  std::size_t at_ = 0;
};

const std::set<std::string> kVoid = {"!DOCTYPE", "meta", "link", "input", "br"};

struct Page {
  std::string name;
  std::function<std::string(const std::optional<std::string>&)> make;
};

std::vector<Page> pages() {
  return {
      {"overview", [](const auto& word) { return overview_page(sample_overview(word)).markup(); }},
      {"application", [](const auto& word) { return application_page(sample_application(word)).markup(); }},
      {"process", [](const auto& word) { return process_page(sample_process(word)).markup(); }},
      {"message",
       [](const auto& word) {
         const std::string text = word.value_or("text");
         return message_page({sample_overview(word).frame, 404, text, text, text}).markup();
       }},
      {"confirm",
       [](const auto& word) {
         const std::string text = word.value_or("text");
         return confirm_page({sample_overview(word).frame, text, text, "stop", text, true}).markup();
       }},
      {"tail",
       [](const auto& word) {
         const std::string text = word.value_or("text");
         return tail_page({sample_overview(word).frame, text, text, 2048}).markup();
       }},
  };
}

class EveryPage : public testing::TestWithParam<Page> {};
INSTANTIATE_TEST_SUITE_P(Pages, EveryPage, testing::ValuesIn(pages()), [](const auto& row) { return row.param.name; });

TEST_P(EveryPage, IsWellFormed) {
  const std::string page = GetParam().make(std::nullopt);
  std::vector<std::string> open;
  std::set<std::string> ids;
  for (const Tag& tag : Scanner(page).tags()) {
    if (tag.name.starts_with("/")) {
      ASSERT_FALSE(open.empty()) << tag.name;
      ASSERT_EQ("/" + open.back(), tag.name);
      open.pop_back();
    } else if (!kVoid.contains(tag.name)) {
      open.push_back(tag.name);
    }
    for (const auto& [name, value] : tag.attributes) {
      if (name == "id") {
        EXPECT_TRUE(ids.insert(value).second) << "twice: " << value;
      }
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST_P(EveryPage, HostileNamesStayText) {
  const std::string hostile = "\"'><script>alert(1)</script>&lt;\n\x01\xff]]>--!>` onx=y javascript:z ../..//h/\\";
  const std::string page = GetParam().make(hostile);
  std::size_t scripts = 0;
  for (const Tag& tag : Scanner(page).tags()) {
    scripts += tag.name == "script" ? 1U : 0U;
    for (const auto& [name, value] : tag.attributes) {
      EXPECT_FALSE(name.starts_with("on")) << name;
      EXPECT_NE(name, "style") << "forbidden by the policy";
      if (name == "href" || name == "src" || name == "action") {
        EXPECT_THAT(value, Not(testing::ContainsRegex("^[a-z]+:|^/|//|\\.\\./"))) << value;
      }
    }
  }
  EXPECT_EQ(scripts, 1U) << "live.js alone";
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
}

TEST_P(EveryPage, LinksAreRelativeAndNoOutsideHostIsNamed) {
  const std::string page = GetParam().make(std::nullopt);
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  const std::set<std::string> known = {"./",         "application",      "process",        "action",
                                       "#main",      "assets/style.css", "assets/live.js", "assets/icon.svg",
                                       "index.html", "tail.html"};
  for (const Tag& tag : Scanner(page).tags()) {
    for (const auto& [name, value] : tag.attributes) {
      if (name == "href" || name == "src" || name == "action") {
        EXPECT_TRUE(known.contains(value.substr(0, value.find('?')))) << value;
      }
    }
  }
}

TEST_P(EveryPage, WorksWithoutScript) {
  const std::string page = GetParam().make(std::nullopt);
  bool posts = false;
  for (const Tag& tag : Scanner(page).tags()) {
    const auto value_of = [&tag](const std::string& name) {
      for (const auto& [key, value] : tag.attributes) {
        if (key == name) {
          return value;
        }
      }
      return std::string("(absent)");
    };
    if (tag.name == "form" && value_of("method") == "post") {
      posts = true;
      const bool asks = value_of("class") == "confirm";  // of Supervisor's address
      EXPECT_EQ(value_of("action"), asks ? "index.html" : "action");
    }
    if (tag.name == "button" && value_of("name") == "do") {
      EXPECT_EQ(value_of("form"), "act");
      EXPECT_TRUE(parse_action(value_of("value")).has_value()) << value_of("value");
    }
    if (tag.name == "input" && value_of("name") == "csrf") {
      EXPECT_EQ(value_of("value"), "0123456789abcdef");
    }
  }
  EXPECT_TRUE(posts);
  EXPECT_THAT(page, Not(HasSubstr("http-equiv"))) << "no refresh unless asked for";
}

TEST(Pages, OverviewShowsWhatNeedsAttentionFirst) {
  const std::string page = overview_page(sample_overview(std::nullopt)).markup();
  EXPECT_THAT(page, HasSubstr("4 things need attention"));
  EXPECT_THAT(page, HasSubstr("207 of 214 programs running"));
  EXPECT_LT(page.find("id=\"attention\""), page.find("id=\"nodes\""));
  EXPECT_LT(page.find("id=\"nodes\""), page.find("id=\"applications\""));
  EXPECT_LT(page.find("id=\"applications\""), page.find("id=\"processes\""));
  EXPECT_THAT(page, HasSubstr("gossip is open: no cluster key"));
  EXPECT_THAT(page, HasSubstr("data-events=\"api/v1/events?page=overview\""));
  OverviewView calm;
  EXPECT_THAT(overview_page(calm).markup(), HasSubstr("No programs to manage"));
  calm.processes_total = calm.processes_running = 3;
  EXPECT_THAT(overview_page(calm).markup(), HasSubstr("All is well"));
  calm.frame.refresh_s = 5;
  EXPECT_THAT(overview_page(calm).markup(), HasSubstr("http-equiv=\"refresh\" content=\"5\""));
}

TEST(Pages, ANameAPictureAndStyleOfTheUsersOwn) {  // supvisors.md CFG-01, CFG-02, CFG-09
  OverviewView view = sample_overview(std::nullopt);
  EXPECT_THAT(overview_page(view).markup(), Not(HasSubstr("branding/")));
  view.frame.name = "A & B";
  view.frame.has_icon = view.frame.has_style = true;
  const std::string page = overview_page(view).markup();
  EXPECT_THAT(page, HasSubstr("alt=\"\">A &amp; B</a>"));
  EXPECT_THAT(page, HasSubstr("· A &amp; B</title>"));
  EXPECT_THAT(page, HasSubstr("src=\"branding/icon\""));
  EXPECT_LT(page.find("assets/style.css"), page.find("branding/style.css"));
  EXPECT_THAT(page, HasSubstr("<footer>Holdfast "));
}

TEST(Pages, TheFilterAndThePageSurviveAnAction) {
  OverviewView view = sample_overview(std::nullopt);
  view.filter = {"state:fatal \"x\"", 1, 900, 2, 5};
  const std::string page = overview_page(view).markup();
  EXPECT_THAT(page, HasSubstr("name=\"back\" value=\"./?filter=state%3Afatal%20%22x%22&amp;page=2\""));
  EXPECT_THAT(page, HasSubstr("value=\"state:fatal &quot;x&quot;\""));
  EXPECT_THAT(page, HasSubstr("href=\"./?filter=state%3Afatal%20%22x%22&amp;page=3\""));
  EXPECT_THAT(page, HasSubstr("href=\"./?filter=state%3Afatal%20%22x%22&amp;page=1\""));
  EXPECT_TRUE(is_local_page("./?filter=state%3Afatal%20%22x%22&page=2"));
}

TEST(Pages, ButtonsFollowTheState) {
  ProcessRowView row;
  row.application = "web";
  row.process = "front";
  const auto buttons = [&row](ProcessState state) {
    row.state = state;
    const std::string markup = process_row(row, WallTime{}).markup();
    std::string found;
    for (const char* action : {"start", "restart", "stop"}) {
      if (markup.find("value=\"" + std::string(action) + " process web%3Afront ") != std::string::npos) {
        found += std::string(action) + " ";
      }
    }
    return found;
  };
  EXPECT_EQ(buttons(ProcessState::running), "restart stop ");
  EXPECT_EQ(buttons(ProcessState::starting), "restart stop ");
  EXPECT_EQ(buttons(ProcessState::backoff), "start stop ");
  EXPECT_EQ(buttons(ProcessState::stopping), "");
  for (const ProcessState state :
       {ProcessState::stopped, ProcessState::exited, ProcessState::fatal, ProcessState::unknown}) {
    EXPECT_EQ(buttons(state), "start ") << name_of(state);
  }
  row.managed = false;
  EXPECT_EQ(buttons(ProcessState::running), "");
}

TEST(Pages, FragmentsAreTheElementsOfThePage) {
  const OverviewView view = sample_overview(std::nullopt);
  const std::string page = overview_page(view).markup();
  for (const auto& row : view.processes) {
    EXPECT_THAT(page, HasSubstr(process_row(row, view.frame.now).markup()));
    EXPECT_THAT(page, HasSubstr("id=\"" + process_row_id(row.application, row.process) + "\""));
  }
  for (const auto& row : view.applications) {
    EXPECT_THAT(page, HasSubstr(application_row(row).markup()));
  }
  for (const auto& node : view.nodes) {
    EXPECT_THAT(page, HasSubstr(node_card(node, view.frame.now).markup()));
  }
  for (const auto& event : view.events) {
    EXPECT_THAT(page, HasSubstr(event_row(event, 0).markup()));
  }
  EXPECT_THAT(page, HasSubstr(master_badge(view.frame).markup()));
  EXPECT_THAT(page, HasSubstr(attention_list(view.attention, view.frame.now).markup()));
  EXPECT_THAT(process_row(view.processes[0], view.frame.now).markup(), Not(HasSubstr("0123456789abcdef")))
      << "one fragment serves every client";
}

TEST(Pages, ApplicationShowsItsSequenceAndWhy) {
  const std::string page = application_page(sample_application(std::nullopt)).markup();
  const auto step = [&page](const char* rank, const char* word) {
    return page.find("<span class=\"rank\">" + std::string(rank) + "</span><span class=\"badge " + word);
  };
  EXPECT_LT(step("1", "good\">done"), step("2", "busy\">starting"));
  EXPECT_LT(step("2", "busy\">starting"), step("3", "idle\">stopped"));
  EXPECT_NE(step("3", "idle\">stopped"), std::string::npos);
  EXPECT_THAT(page, HasSubstr("least loaded of 2 candidates"));
  EXPECT_THAT(page, HasSubstr("value=\"stop application web \""));
  EXPECT_THAT(page, HasSubstr("starting 3/5"));
  EXPECT_THAT(page, HasSubstr("data-confirm=\"Stop application web?\""));
}

TEST(Pages, ProcessShowsCopiesLogAndWhy) {
  const std::string page = process_page(sample_process(std::nullopt)).markup();
  EXPECT_THAT(page, HasSubstr("value=\"stop process web%3Afront 10.0.0.1%3A9001\"")) << "on one node";
  EXPECT_THAT(page, HasSubstr("value=\"stop process web%3Afront \"")) << "where the cluster decides";
  EXPECT_THAT(page, HasSubstr("200 5120 &lt;ok&gt;"));
  EXPECT_THAT(page, HasSubstr("data-follow=\"logtail/web%3Afront/stdout\""));
  ProcessView none = sample_process(std::nullopt);
  none.log = {};
  EXPECT_THAT(process_page(none).markup(), HasSubstr("keeps no log"));
  none.log.error = "n3 is silent: its log cannot be read";
  EXPECT_THAT(process_page(none).markup(), HasSubstr("n3 is silent: its log"));
}

TEST(Pages, ALogOfAnotherNodeIsSaidToBeReadFromThereAndCannotBeClearedHere) {
  ProcessView view = sample_process(std::nullopt);
  const std::string own = process_page(view).markup();
  EXPECT_THAT(own, HasSubstr("value=\"clearlog process web%3Afront n1\""));
  EXPECT_THAT(own, Not(HasSubstr("Read from")));
  EXPECT_THAT(own, HasSubstr("href=\"process?name=web%3Afront&amp;node=n2&amp;channel=stdout\""));
  view.log.node = "n2";
  view.log.follow_url.clear();
  const std::string other = process_page(view).markup();
  EXPECT_THAT(other, HasSubstr("Read from n2 when this page was made"));
  EXPECT_THAT(other, HasSubstr("the newest log is on n1"));
  EXPECT_THAT(other, Not(HasSubstr("clearlog")));
}

TEST(Pages, ActionsSurviveTheForm) {
  for (const std::string name : {"web:front", "a b:c%d", "ż:\x01", "x"}) {
    const PageAction action{PageVerb::stop, PageTarget::process, name, "10.0.0.1:9001"};
    EXPECT_EQ(parse_action(action_value(action)), action);
  }
  const PageAction all{PageVerb::restart, PageTarget::all, "", ""};
  EXPECT_EQ(parse_action(action_value(all)), all);
  for (const char* bad :
       {"", "stop", "stop process", "stop process  ", "kill process a ", "stop galaxy a ", "stop process a%4 ",
        "stop process a%zz ", "stop process a b c", "stop all a ", "stop process %4 n"}) {
    EXPECT_FALSE(parse_action(bad).has_value()) << bad;
  }
}

TEST(Pages, AgesAndTimes) {
  const std::pair<Duration, const char*> ages[] = {
      {-5s, "0 s"},        {59'999ms, "59 s"},     {60s, "1 m 00 s"},     {3599s, "59 m 59 s"},
      {3600s, "1 h 00 m"}, {86'399s, "23 h 59 m"}, {86'400s, "1 d 00 h"}, {8'640'000s, "100 d 00 h"}};
  for (const auto& [age, words] : ages) {
    EXPECT_EQ(age_text(age), words);
  }
  EXPECT_EQ(time_text(WallTime::from_seconds(0), 0), "1970-01-01 00:00:00");
  EXPECT_EQ(time_text(WallTime::from_seconds(951'827'696), 3600), "2000-02-29 13:34:56");
  EXPECT_EQ(time_text(WallTime::from_seconds(0), -3600), "1969-12-31 23:00:00");
}

TEST(Filter, FollowsItsLanguage) {
  ProcessRowView row;
  row.application = "Web";
  row.process = "worker_01";
  row.state = ProcessState::fatal;
  row.nodes = {"n1", "n22"};
  for (const char* match : {"", "  ", "web", "WORKER", "web:work", "w*01", "state:fatal", "state:f*l", "node:n2",
                            "app:we", "web state:fatal node:n1"}) {
    EXPECT_TRUE(matches_filter(match, row)) << match;
  }
  for (const char* miss : {"db", "web db", "state:running", "node:n3", "app:worker", "01*web", "worker_01x"}) {
    EXPECT_FALSE(matches_filter(miss, row)) << miss;
  }
}

TEST(Assets, AreThoseOfTheTree) {
  ASSERT_EQ(all_assets().size(), 3U);
  for (const Asset& asset : all_assets()) {
    std::ifstream in(std::string(HOLDFAST_SOURCE_DIR) + "/dashboard/assets/" + std::string(asset.name));
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(asset.bytes, bytes) << asset.name;
    EXPECT_EQ(asset.etag, "\"" + std::string(asset.version) + "\"");
    EXPECT_EQ(find_asset(asset.name), &asset);
    EXPECT_THAT(bytes, Not(HasSubstr("https:"))) << asset.name;
  }
  EXPECT_EQ(find_asset("../secret"), nullptr);
  EXPECT_LE(find_asset("live.js")->bytes.size(), 20U * 1024U);
  EXPECT_THAT(std::string(find_asset("live.js")->bytes), Not(HasSubstr("eval(")));
  EXPECT_THAT(std::string(find_asset("style.css")->bytes), Not(HasSubstr("url(")));
}

/// The relative luminance of WCAG 2.1.
double luminance(const std::string& hex) {
  const auto channel = [&hex](std::size_t at) {
    const double c = std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double contrast(const std::string& a, const std::string& b) {
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return x > y ? x / y : y / x;
}

TEST(Assets, ColoursHaveEnoughContrast) {
  const std::string css(find_asset("style.css")->bytes);
  const std::size_t dark = css.find("prefers-color-scheme: dark");
  for (const std::size_t from : {std::size_t{0}, dark}) {
    const auto colour = [&](const std::string& name) {
      const std::size_t at = css.find("--" + name + ": #", from);
      return css.substr(at + name.size() + 4, 7);
    };
    for (const std::string ink : {"ink", "quiet", "good", "busy", "warning", "bad", "idle", "link"}) {
      for (const std::string paper : {"paper", "sheet"}) {
        EXPECT_GE(contrast(colour(ink), colour(paper)), 4.5) << ink << " on " << paper << " from " << from;
      }
    }
    for (const std::string tone : {"good", "busy", "warning", "bad", "idle"}) {
      EXPECT_GE(contrast(colour(tone), colour(tone + "-sheet")), 4.5) << tone << " from " << from;
      EXPECT_GE(contrast(colour("ink"), colour(tone + "-sheet")), 4.5) << tone;
      EXPECT_GE(contrast(colour("quiet"), colour(tone + "-sheet")), 4.5) << "quiet on " << tone;
    }
    EXPECT_GE(contrast(colour("bar-ink"), colour("bar")), 4.5);
    EXPECT_GE(contrast(colour("bar-quiet"), colour("bar")), 4.5);
  }
}

/// 200 rows are what a page of the overview holds; a slow line still gets them at once.
TEST(Pages, AFullPageStaysSmall) {
  OverviewView view = sample_overview(std::nullopt);
  while (view.processes.size() < 200) {
    ProcessRowView row = view.processes[view.processes.size() % 11];
    row.process += "_" + std::to_string(view.processes.size());
    view.processes.push_back(row);
  }
  EXPECT_LE(overview_page(view).markup().size(), 256U * 1024U);
}

/// The pages are also written out, with HOLDFAST_PAGES=DIR to where somebody looks at them.
TEST(Pages, AreCompleteWhenWrittenOut) {
  const char* chosen = std::getenv("HOLDFAST_PAGES");
  const std::string directory = chosen == nullptr ? testing::TempDir() : std::string(chosen) + "/";
  for (const Page& page : pages()) {
    const std::string path = directory + "holdfast-" + page.name + ".html";
    std::ofstream(path) << page.make(std::nullopt);
    std::ifstream in(path);
    const std::string back((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_TRUE(back.starts_with("<!DOCTYPE html>") && back.ends_with("</html>")) << path;
    if (chosen == nullptr) {
      std::remove(path.c_str());
    }
  }
}

}  // namespace
}  // namespace holdfast::dashboard
