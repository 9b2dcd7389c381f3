#include "dashboard/layout.hpp"

namespace holdfast::dashboard {

using html::attribute;
using html::element;
using html::empty_element;
using html::Safe;
using html::text;
using html::url;
using html::Url;

namespace {

Safe hidden(html::Literal name, std::string_view value) {
  return empty_element("input",
                       {attribute("type", "hidden"), attribute("name", name.value()), attribute("value", value)});
}

}  // namespace

Safe message_page(const MessageView& view) {
  Safe inside = element("p", {attribute("class", "status num")}, html::number(view.status));
  inside += element("h1", {}, text(view.title));
  inside += element("p", {}, text(view.text));
  if (!view.hint.empty()) {
    inside += element("p", {attribute("class", "quiet")}, text(view.hint));
  }
  inside += element("p", {}, element("a", {url("href", Url(address_of(Page::overview)))}, "Overview"));
  return document(view.frame, {view.title, "", Url(address_of(Page::overview)), "message"},
                  element("div", {attribute("class", "message")}, inside));
}

Safe confirm_page(const ConfirmView& view) {
  Safe form = hidden("csrf", view.frame.csrf_token) + hidden("action", view.action);
  if (!view.name.empty()) {
    form += hidden("processname", view.name);
  }
  form +=
      element("button", {attribute("type", "submit"), attribute("class", view.dangerous ? "act stop" : "act start")},
              "Yes, do it");
  form += element("a", {url("href", Url(address_of(Page::overview)))}, "No, back to the overview");
  Safe inside = element("h1", {}, text(view.question));
  inside += element("p", {}, text(view.effect));
  inside += element(
      "form", {attribute("method", "post"), attribute("action", kIndexAddress.value()), attribute("class", "confirm")},
      form);
  return document(view.frame, {view.question, "", Url(address_of(Page::overview)), "message"},
                  element("div", {attribute("class", "message")}, inside));
}

Safe tail_page(const TailView& view) {
  Url self(kTailAddress);
  self.query("processname", view.process);
  if (view.limit > 0) {
    self.query("limit", std::to_string(view.limit));
  }
  Safe inside = element("h1", {}, text(view.process.empty() ? "Log" : "Log of " + view.process));
  inside += element("pre", {attribute("class", "log"), attribute("tabindex", "0")}, text(view.tail));
  if (!view.process.empty()) {
    inside += element("p", {}, element("a", {url("href", self)}, "Refresh"));
  }
  inside += element("p", {}, element("a", {url("href", Url(address_of(Page::overview)))}, "Overview"));
  return document(view.frame, {"Log of " + view.process, "", self, "message"}, inside);
}

}  // namespace holdfast::dashboard
