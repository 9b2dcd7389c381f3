// layout.hpp: what all pages share: the document around the content, badges, links, buttons, ages. Only functions from
// values to HTML; used inside this folder only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dashboard/addresses.hpp"
#include "dashboard/html.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/views.hpp"

namespace holdfast::dashboard {

/// What the document needs beside its content.
struct PageOptions {
  std::string title;
  std::string events;  // relative address of the page's live stream; empty = not live
  html::Url self;      // where actions return to
  std::string_view body_class = "";
};

html::Safe document(const FrameView& frame, const PageOptions& options, const html::Safe& content);

/// The class of a tone: good busy warning bad idle.
std::string_view name_of(Tone tone);

/// Shape, word, colour.
html::Safe badge(Tone tone, std::string_view word);

/// The time since, ticking with JavaScript, exact time on hover; "-" when never.
html::Safe age(WallTime since, WallTime now);

html::Url application_url(std::string_view application);
html::Url process_url(std::string_view application, std::string_view process);
html::Safe application_link(std::string_view application);
html::Safe process_link(std::string_view application, std::string_view process);

/// A button of the page's form. `confirm` names what will happen to whom; empty = at once.
html::Safe action_button(html::Literal label, const PageAction& action, std::string_view described,
                         std::string_view confirm);

/// Names as small labels.
html::Safe chips(const std::vector<std::string>& names);

/// A titled part of the page.
html::Safe section(html::Literal id, html::Literal title, const html::Safe& extra, const html::Safe& content);

/// Which events a list takes in while the page is open.
struct EventScope {
  std::string about;  // an application or process; empty = everything
  bool causes_only = false;
};

/// The events as a list; `empty` is said when there are none.
html::Safe event_list(html::Literal id, const EventScope& scope, const std::vector<EventView>& events, int utc_offset_s,
                      html::Literal empty);

/// Table head cells with these titles.
html::Safe head_row(std::initializer_list<html::Literal> titles);

}  // namespace holdfast::dashboard
