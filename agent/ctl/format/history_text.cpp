#include "ctl/format/history_text.hpp"

#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"
#include "ctl/format/time_text.hpp"

namespace holdfast::ctl {

std::string history_line(const wire::Value& row) {
  const std::string text = one_line(text_member(row, "text"));
  const std::string reason = one_line(text_member(row, "reason"));
  std::string line = local_time_text(WallTime::from_seconds(int_member(row, "at"))) + "  " + text;
  // Most texts end in their reason already.
  if (!reason.empty() && text.find(reason) == std::string::npos) {
    line += " (" + reason + ")";
  }
  return line;
}

}  // namespace holdfast::ctl
