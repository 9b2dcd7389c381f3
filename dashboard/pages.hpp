// pages.hpp: the pages and their live fragments: pure functions from a view to finished HTML. Called by
// agent/api.
//
// Addresses (addresses.hpp; all relative, one level, so that any sub-path works): `./` overview, `application?name=`,
// `process?name= application:process[&node=][&channel=]`, `assets/...`, `api/v1/events` (SSE). Each page has
// one form that POSTs to `action` with the fields csrf, back (the page to return to by 303; check it with
// is_local_page) and `do`, the value of the button that was pressed (parse_action reads it). No row holds a
// token, so that one fragment serves every client. The overview's filter is GET `./?filter=&page=`;
// `?refresh=SECONDS` on any page turns the meta refresh on.
//
// Live: the script opens `api/v1/events?page=overview` (or `application&name=`, `process&name=`). The server
// sends `event: patch` whose data is the markup of one or more fragments below (each element has its id; an
// unknown row is put into the table it names), `event: remove` with an id, `event: reload` when the stream
// lost its place.
//
// Supervisor's own addresses stay usable: `index.html?action=[&processname=]` (confirm_page asks before a GET
// acts; its form POSTs the same fields to `index.html`) and `tail.html?processname=[&limit=]`.
#pragma once

#include <string>
#include <string_view>

#include "dashboard/html.hpp"
#include "dashboard/page_action.hpp"
#include "dashboard/views.hpp"

namespace holdfast::dashboard {

/// Whole documents.
html::Safe overview_page(const OverviewView& view);
html::Safe application_page(const ApplicationView& view);
html::Safe process_page(const ProcessView& view);
html::Safe message_page(const MessageView& view);
html::Safe confirm_page(const ConfirmView& view);
html::Safe tail_page(const TailView& view);

/// Fragments for SSE, each one element with a stable id.
html::Safe process_row(const ProcessRowView& row, WallTime now);
html::Safe application_row(const ApplicationRowView& row);
html::Safe node_card(const NodeView& node, WallTime now);
html::Safe copy_row(const ProcessRowView& process, const CopyRowView& copy, WallTime now);
html::Safe event_row(const EventView& event, int utc_offset_s);
html::Safe health_sentence(int needing_attention, int running, int finished, int total);
html::Safe sequence_list(const ApplicationView& view);
html::Safe matrix_row(const MatrixRowView& row);
html::Safe attention_list(const std::vector<AttentionItem>& items, WallTime now);
html::Safe master_badge(const FrameView& frame);

/// The ids that the fragments carry, for `remove` events.
std::string process_row_id(std::string_view application, std::string_view process);
std::string application_row_id(std::string_view application);
std::string node_card_id(std::string_view identifier);

/// How a state of a process, an application or a node is felt.
Tone tone_of(ProcessState state);
Tone tone_of(ApplicationState state);
Tone tone_of(MemberState state);

/// "3 s", "12 m", "5 h 04 m", "3 d 02 h".
std::string age_text(Duration age);
/// "2026-11-21 03:50:07" at an offset from UTC.
std::string time_text(WallTime at, int utc_offset_s);

/// The headers that belong to every page: Content-Security-Policy and the like, for the HTTP layer to send.
std::string_view content_security_policy();

}  // namespace holdfast::dashboard
