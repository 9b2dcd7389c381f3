#include "dashboard/layout.hpp"

#include "dashboard/assets.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::empty_element;
using html::flag;
using html::Safe;
using html::text;
using html::url;
using html::Url;

std::string_view name_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::busy:
      return "busy";
    case Tone::warning:
      return "warning";
    case Tone::bad:
      return "bad";
    case Tone::idle:
      return "idle";
  }
  return "idle";
}

Safe badge(Tone tone, std::string_view word) {
  return element("span", {attribute("class", "badge " + std::string(name_of(tone)))}, text(word));
}

Safe age(WallTime since, WallTime now) {
  if (since.us <= 0) {
    return element("span", {attribute("class", "none")}, "–");
  }
  const std::string stamp = time_text(since, 0) + " UTC";
  return element("time", {attribute("title", stamp), attribute("data-since", std::to_string(since.seconds()))},
                 text(age_text(std::chrono::microseconds(now.us - since.us))));
}

Url application_url(std::string_view application) {
  return Url(address_of(Page::application)).query("name", application);
}

Url process_url(std::string_view application, std::string_view process) {
  return Url(address_of(Page::process)).query("name", std::string(application) + ":" + std::string(process));
}

namespace {

/// What can be read and clicked, of a program that is called "", too.
std::string_view readable(std::string_view name) {
  return name.empty() ? "(no name)" : name;
}

}  // namespace

Safe application_link(std::string_view application) {
  return element("a", {url("href", application_url(application))}, text(readable(application)));
}

Safe process_link(std::string_view application, std::string_view process) {
  // A lone program's group has its own name: said once, as supervisorctl does.
  const std::string shown =
      application == process ? std::string(process) : std::string(application) + ":" + std::string(process);
  return element("a", {url("href", process_url(application, process))}, text(readable(shown)));
}

Safe action_button(html::Literal label, const PageAction& action, std::string_view described,
                   std::string_view confirm) {
  return element("button",
                 {attribute("form", "act"), attribute("name", "do"), attribute("value", action_value(action)),
                  attribute("class", "act " + std::string(name_of(action.verb))), attribute("aria-label", described),
                  confirm.empty() ? html::Attribute{} : attribute("data-confirm", confirm)},
                 label);
}

Safe chips(const std::vector<std::string>& names) {
  Safe all;
  for (const std::string& name : names) {
    all += element("span", {attribute("class", "chip")}, text(name));
  }
  return all;
}

Safe section(html::Literal id, html::Literal title, const Safe& extra, const Safe& content) {
  const Safe head = element("div", {attribute("class", "section-head")}, element("h2", {}, title) + extra);
  return element("section", {attribute("id", id.value())}, head + content);
}

Safe event_list(html::Literal id, const EventScope& scope, const std::vector<EventView>& events, int utc_offset_s,
                html::Literal empty) {
  Safe items;
  for (const EventView& event : events) {
    items += event_row(event, utc_offset_s);
  }
  const Safe list =
      element("ol",
              {attribute("class", "events"), attribute("id", id.value()), attribute("data-of", scope.about),
               scope.causes_only ? flag("data-causes", true) : html::Attribute{}},
              items);
  return events.empty() ? list + element("p", {attribute("class", "quiet")}, empty) : list;
}

Safe head_row(std::initializer_list<html::Literal> titles) {
  Safe cells;
  for (const html::Literal& title : titles) {
    const std::string_view word = title.value();
    const std::string_view kind = word == "PID" || word == "Since" ? "num" : (word == "Actions" ? "actions" : "");
    cells +=
        element("th", {attribute("scope", "col"), kind.empty() ? html::Attribute{} : attribute("class", kind)}, title);
  }
  return element("thead", {}, element("tr", {}, cells));
}

namespace {

std::string shown_name(const FrameView& frame) {
  return frame.name.empty() ? frame.software : frame.name;
}

Safe head(const FrameView& frame, const PageOptions& options) {
  const Asset* style = find_asset("style.css");
  const Asset* script = find_asset("live.js");
  const Asset* icon = find_asset("icon.svg");
  Safe inside = empty_element("meta", {attribute("charset", "utf-8")});
  inside += empty_element("meta",
                          {attribute("name", "viewport"), attribute("content", "width=device-width, initial-scale=1")});
  inside += empty_element("meta", {attribute("name", "color-scheme"), attribute("content", "light dark")});
  inside += empty_element("meta", {attribute("name", "referrer"), attribute("content", "same-origin")});
  if (frame.refresh_s > 0) {
    inside += empty_element(
        "meta", {attribute("http-equiv", "refresh"), attribute("content", std::to_string(frame.refresh_s))});
  }
  const std::string place = frame.cluster.empty() ? frame.node : frame.cluster;
  inside += element("title", {}, text(options.title + " · " + place + " · " + shown_name(frame)));
  inside +=
      empty_element("link", {attribute("rel", "icon"), url("href", Url("assets/icon.svg").query("v", icon->version))});
  inside += empty_element(
      "link", {attribute("rel", "stylesheet"), url("href", Url("assets/style.css").query("v", style->version))});
  if (frame.has_style) {
    inside += empty_element("link", {attribute("rel", "stylesheet"), url("href", Url("branding/style.css"))});
  }
  inside +=
      element("script", {url("src", Url("assets/live.js").query("v", script->version)), flag("defer", true)}, Safe());
  return element("head", {}, inside);
}

Safe top_bar(const FrameView& frame) {
  Safe picture;
  if (frame.has_icon) {
    picture = empty_element("img",
                            {url("src", Url("branding/icon")), attribute("class", "brand-icon"), attribute("alt", "")});
  }
  const Safe brand = element("a", {url("href", Url(address_of(Page::overview))), attribute("class", "brand")},
                             picture + text(shown_name(frame)));
  Safe place;
  if (!frame.cluster.empty()) {
    place += element("strong", {}, text(frame.cluster));
  }
  place += element("span", {attribute("class", "quiet"), attribute("title", frame.node_identifier)},
                   text((frame.cluster.empty() ? "node " : "seen from ") + frame.node));
  Safe right = master_badge(frame);
  right += element("span", {attribute("id", "live"), attribute("role", "status"), attribute("class", "live off")},
                   "as of this page");
  return element("header", {attribute("class", "top")},
                 brand + element("span", {attribute("class", "place")}, place) +
                     element("span", {attribute("class", "right")}, right));
}

Safe notices(const FrameView& frame) {
  Safe all;
  for (const std::string& warning : frame.warnings) {
    all += element("p", {attribute("class", "notice warning"), attribute("role", "alert")},
                   badge(Tone::warning, "Warning") + text(" " + warning));
  }
  if (frame.flash) {
    const Tone tone = frame.flash->tone;
    Safe inside = badge(tone, tone == Tone::bad ? "Not done" : (tone == Tone::busy ? "Under way" : "Done"));
    inside += text(" " + frame.flash->text);
    if (!frame.flash->operation.empty()) {
      inside += element("span", {attribute("class", "operation")}, text(frame.flash->operation));
    }
    all += element(
        "p", {attribute("class", "notice " + std::string(name_of(frame.flash->tone))), attribute("role", "status")},
        inside);
  }
  return all;
}

/// The one form that all buttons of the page belong to.
Safe action_form(const FrameView& frame, const PageOptions& options) {
  return element(
      "form", {attribute("id", "act"), attribute("method", "post"), attribute("action", kActionAddress.value())},
      empty_element("input",
                    {attribute("type", "hidden"), attribute("name", "csrf"), attribute("value", frame.csrf_token)}) +
          empty_element("input", {attribute("type", "hidden"), attribute("name", "back"),
                                  attribute("value", options.self.value())}));
}

Safe footer(const FrameView& frame) {
  Safe inside = text(frame.software + " " + frame.version);
  if (!frame.user.empty()) {
    inside += text(" · " + frame.user);
  }
  inside += text(" · made " + time_text(frame.now, frame.utc_offset_s));
  inside += element("span", {attribute("class", "keys")}, Safe(" · ") + element("kbd", {}, "/") + Safe(" filter"));
  return element("footer", {}, inside);
}

}  // namespace

Safe master_badge(const FrameView& frame) {
  Safe inside;
  if (frame.cluster.empty()) {
    inside = element("span", {attribute("class", "quiet")}, "alone");
  } else {
    inside = frame.master.empty() ? badge(Tone::warning, "no Master")
                                  : Safe("Master ") + element("strong", {}, text(frame.master));
    if (!frame.cluster_state.empty()) {
      inside += element("span", {attribute("class", "chip"), attribute("title", "term " + std::to_string(frame.epoch))},
                        text(frame.cluster_state));
    }
  }
  return element("span", {attribute("id", "master"), attribute("class", "master")}, inside);
}

Safe document(const FrameView& frame, const PageOptions& options, const Safe& content) {
  const Safe body = element(
      "body",
      {attribute("class", options.body_class), attribute("data-events", options.events),
       attribute("data-now", std::to_string(frame.now.seconds()))},
      element("a", {attribute("class", "skip"), attribute("href", "#main")}, "Skip to content") + top_bar(frame) +
          element("main", {attribute("id", "main")}, notices(frame) + action_form(frame, options) + content) +
          footer(frame));
  return Safe("<!DOCTYPE html>\n") + element("html", {attribute("lang", "en")}, head(frame, options) + body);
}

}  // namespace holdfast::dashboard
