// limits.hpp: every bound of the product in one table, with its reason: queues, bodies, depths, counts,
// waits. Nothing that a client, a peer or a file can send is without one. Add a constant here before adding a
// buffer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace holdfast::limits {

using namespace std::chrono_literals;  // NOLINT

}  // namespace holdfast::limits

namespace holdfast::limits {  // transport

// One gossip frame. Below ZMQ_MAXMSGSIZE (1 MiB), so that a peer that exceeds it is counted before it is cut
// off.
inline constexpr std::size_t gossip_frame_bytes_max = 1000 * 1024;
inline constexpr std::int64_t gossip_message_bytes_max = 1024 * 1024;
// Frames waiting for the loop: ctl apart from the rest, so that statistics never push heartbeats out. Powers
// of two.
inline constexpr std::size_t gossip_ctl_queue_max = 8192;
inline constexpr std::size_t gossip_other_queue_max = 2048;
inline constexpr std::size_t gossip_queue_bytes_max = 64UL * 1024 * 1024;
// Commands and frames waiting for the gossip thread.
inline constexpr std::size_t gossip_command_queue_max = 4096;
inline constexpr std::size_t gossip_refusal_queue_max = 64;
// Messages taken from one socket in one turn, so that no peer starves another.
inline constexpr int gossip_messages_per_turn = 64;
inline constexpr std::size_t gossip_peers_max = 1024;
// ZeroMQ's high-water marks, in messages per connection (cluster.md 1.2).
inline constexpr int gossip_ctl_hwm_out = 2000;
inline constexpr int gossip_ctl_hwm_in = 10'000;
inline constexpr int gossip_bulk_hwm = 500;
inline constexpr int gossip_direct_hwm = 256;
inline constexpr std::chrono::milliseconds gossip_heartbeat_period = 200ms;
inline constexpr std::chrono::milliseconds gossip_loop_stall_max = 2000ms;
// New subscribers are answered with a heartbeat at once, but not more often than this.
inline constexpr std::chrono::milliseconds gossip_welcome_period_min = 10ms;
// With many peers, less often by this much for each: what all of them send at once grows with the square of their
// number.
inline constexpr std::chrono::milliseconds gossip_at_once_per_peer = 4ms;
inline constexpr std::chrono::milliseconds gossip_dealer_idle_max = 60'000ms;
inline constexpr std::chrono::milliseconds gossip_idle_check_period = 1000ms;  // of the above, while there is one
// For the first connection of a peer that is to come to us before we go to it.
inline constexpr std::chrono::milliseconds gossip_first_connection_max = 300ms;
// ZeroMQ's limit of sockets follows from these: two nodes' would not share its default of 1023.
inline constexpr int gossip_sockets_per_peer = 3;
inline constexpr int gossip_own_sockets = 16;
inline constexpr std::size_t gossip_ready_max = 64;  // sockets served in one turn; the others come the next time

// Supvisors' external events on ZeroMQ.
inline constexpr int event_zmq_hwm = 4000;  // messages that wait for one subscriber; more are lost to it
inline constexpr std::int64_t event_zmq_message_bytes = 256;  // what a subscriber sends: the text of a subscription
inline constexpr int event_zmq_backlog = 64;

// HELLO: one body; nesting; challenges waiting for their proof, and how long; the fields of an identity.
inline constexpr std::size_t hello_bytes_max = 16 * 1024;
inline constexpr int hello_depth_max = 4;
inline constexpr std::size_t hello_pending_max = 256;
inline constexpr std::chrono::milliseconds hello_pending_age_max = 5000ms;
inline constexpr std::size_t hello_text_max = 256;
inline constexpr std::size_t hello_facts_max = 32;
inline constexpr std::size_t key_file_bytes_max = 4096;
inline constexpr std::size_t announcement_bytes_max = 1024;  // one datagram by which a node says that it is there

}  // namespace holdfast::limits

namespace holdfast::limits {  // wire

inline constexpr std::size_t xml_document_bytes = 4 * 1024 * 1024;   // a rules file of 10,000 programs is 2 MB
inline constexpr int xml_depth = 64;                                 // rules nest 5 deep, XML-RPC values 8 or so
inline constexpr std::size_t xml_elements = 200'000;                 // 20 for each of 10,000 programs
inline constexpr std::size_t xml_errors = 50;                        // more help nobody
inline constexpr std::size_t xmlrpc_reply_bytes = 64 * 1024 * 1024;  // 10,000 processes are 12 MB
inline constexpr std::size_t xmlrpc_reply_elements = 2'000'000;      // and 600,000 elements
inline constexpr std::size_t xmlrpc_struct_members = 1'000;          // names are looked up one by one
inline constexpr std::size_t xmlrpc_call_elements = 50'000;          // a multicall of 5,000 calls
inline constexpr std::size_t xmlrpc_call_bytes = 1024 * 1024;        // the largest call is sendProcessStdin

}  // namespace holdfast::limits

namespace holdfast::limits {  // http

inline constexpr std::size_t http_header_bytes = 16 * 1024;
inline constexpr std::size_t http_rpc_body = 1024 * 1024;
inline constexpr std::size_t http_form_body = 64 * 1024;
inline constexpr std::size_t http_parameters = 256;                  // of one query or form
inline constexpr std::size_t http_connections = 1024;                // one descriptor and about 2 KB each
inline constexpr std::size_t http_connections_min = 8;               // however low the limit of descriptors is
inline constexpr std::size_t http_connections_per_address = 768;     // one address cannot take all
inline constexpr std::size_t http_stream_queue_bytes = 256 * 1024;   // per client that reads slowly
inline constexpr std::size_t http_output_bytes = 64 * 1024 * 1024;   // unsent answers of all clients together
inline constexpr std::size_t http_input_bytes = 64 * 1024 * 1024;    // incomplete bodies of all clients together
inline constexpr std::size_t http_pressure_bytes = 8 * 1024 * 1024;  // of both: worth giving back afterwards ...
inline constexpr std::size_t http_calm_bytes = 512 * 1024;           // ... when no more is left than this
inline constexpr std::size_t http_pressure_connections = 128;        // likewise: so many open connections ...
inline constexpr std::size_t http_calm_connections = 64;             // ... and so many that are left of them
inline constexpr int http_send_buffer_bytes = 256 * 1024;  // of the kernel for one TCP client; else it takes 4 MiB
inline constexpr std::size_t http_kept_capacity =
    4096;  // of a buffer; a larger one is given back by an idle connection
// Pipelined requests whose answers are larger begin one turn each: what one client may cost before others go on.
inline constexpr std::size_t http_turn_answer_bytes = 16 * 1024;
inline constexpr int http_reads_per_turn = 4;                     // of one connection, before others go on
inline constexpr std::size_t http_read_bytes = 64 * 1024;         // one read; the buffer is shared by all sessions
inline constexpr int http_pipelined_burst = 16;                   // requests of one client before others get a turn
inline constexpr int http_accept_burst = 32;                      // connections taken in one turn of the loop
inline constexpr std::size_t http_drain_bytes = 2 * 1024 * 1024;  // read and thrown away after an early answer
inline constexpr std::chrono::nanoseconds http_header_timeout = 10s;
inline constexpr std::chrono::nanoseconds http_body_timeout = 30s;
inline constexpr std::chrono::nanoseconds http_write_timeout = 30s;   // without progress
inline constexpr std::chrono::nanoseconds http_idle_timeout = 30min;  // as Supervisor (contract supervisor.md 4.1)
inline constexpr std::chrono::nanoseconds http_drain_timeout = 2s;
inline constexpr std::chrono::nanoseconds http_accept_back_off = 100ms;  // after EMFILE
inline constexpr std::chrono::nanoseconds http_warning_pause = 1s;       // between two warnings of one kind in the log
inline constexpr std::chrono::nanoseconds http_probe = 2s;               // is anybody behind an old unix socket?
inline constexpr std::chrono::nanoseconds http_client_timeout = 5s;
inline constexpr std::chrono::nanoseconds http_answer_time = 60s;  // of a person's client: first to last byte
inline constexpr int http_interim_answers = 16;                    // 1xx before the answer itself
inline constexpr std::size_t http_chunk_line_bytes = 256;  // what stands before a chunk: its size, and extensions
inline constexpr std::size_t http_chunk_size_digits = 15;  // more than any bound on a body, and never an overflow
inline constexpr std::size_t http_client_header_bytes = 16 * 1024;
inline constexpr std::size_t http_client_body = 16 * 1024 * 1024;
inline constexpr std::size_t http_client_idle_connections = 64;  // kept for reuse, all endpoints together
inline constexpr std::chrono::nanoseconds csrf_token_age = 12h;  // a page may stand open over a working day
inline constexpr std::size_t sse_ring_events = 4096;
inline constexpr std::size_t sse_ring_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t sse_clients = 128;
inline constexpr std::size_t sse_client_queue_bytes = 64 * 1024;
inline constexpr std::size_t sse_pending_keys = 4096;            // coalescing keys that wait; beyond, sent at once
inline constexpr std::chrono::nanoseconds sse_coalesce = 250ms;  // 4 Hz per key
inline constexpr std::size_t websocket_clients = 64;
inline constexpr std::size_t websocket_queue_bytes = 1024 * 1024;  // unsent messages of one client
inline constexpr std::size_t websocket_queue_messages = 4096;
inline constexpr std::size_t websocket_read_bytes = 4096;  // a message of a client, which is not looked at
inline constexpr std::chrono::seconds websocket_handshake{10};
inline constexpr std::chrono::seconds websocket_silence{
    60};  // without a sign of life; at half of it a ping asks for one
inline constexpr std::chrono::nanoseconds sse_heartbeat = 15s;  // below the usual 30–60 s of proxies
inline constexpr int http_backlog = 1024;   // connections that wait to be accepted (contract supervisor.md 1.7)
inline constexpr int http_stale_tries = 3;  // to bind where a socket that nobody answers on was removed

}  // namespace holdfast::limits

namespace holdfast::limits {  // storage

inline constexpr std::size_t disk_queue_jobs = 16384;                // a burst of commands to 3,000 programs' logs
inline constexpr std::size_t disk_queue_bytes = 32 * 1024 * 1024;    // what waits for a stalled disk
inline constexpr std::size_t disk_results = 4096;                    // answers that the loop has not fetched
inline constexpr std::size_t log_read_bytes_max = 16 * 1024 * 1024;  // one readLog answer, whatever the file's size
inline constexpr std::size_t main_log_buffer_bytes = 512 * 1024;     // lines that wait for a stalled disk
inline constexpr std::size_t main_log_line_bytes = 256 * 1024;       // one line; a debug copy of a chunk fits
inline constexpr std::chrono::nanoseconds main_log_flush = 3s;       // at exit: a dead disk must not hold it for ever
// A process that dies by a signal looks so often, and after so long again, whether the disk thread, another thread or a
// slow reader lets it write its last lines: a fifth of a second for each.
inline constexpr int main_log_crash_looks = 100;
inline constexpr std::chrono::milliseconds main_log_crash_look_every = 2ms;
inline constexpr std::size_t history_queue_rows = 20000;  // about 6 MiB while sqlite cannot be written
inline constexpr std::size_t history_batch_rows = 500;    // one transaction
inline constexpr std::chrono::nanoseconds history_batch_wait = 200ms;
inline constexpr std::chrono::milliseconds history_busy_wait = 1s;  // for who reads the file with sqlite3's shell
inline constexpr std::chrono::nanoseconds history_retry = 5s;       // first, after a failure; doubles to the next
inline constexpr std::chrono::nanoseconds history_retry_max = 60s;
inline constexpr std::size_t history_text_bytes = 4096;  // one column: reasons are sentences
inline constexpr std::size_t history_page_rows = 1000;
inline constexpr std::int64_t history_rows = 2'000'000;  // about 400 MB; months of a busy node
inline constexpr std::chrono::hours history_age{24 * 180};
inline constexpr std::int64_t history_prune_rows = 500;         // per delete: milliseconds
inline constexpr std::chrono::minutes history_prune_every{10};  // looked at when something is written
inline constexpr std::size_t identity_file_bytes = 4096;
inline constexpr std::size_t disk_events_per_turn = 64;              // descriptors served before the next job
inline constexpr std::chrono::nanoseconds state_dir_lock_wait = 1s;  // for the end of an agent whose keeper is gone

}  // namespace holdfast::limits

namespace holdfast::limits {  // rules

inline constexpr std::size_t rules_pattern_max = 512;  // bytes of one pattern: names are short
inline constexpr int rules_pattern_depth = 32;         // nested groups: the translation recurses
inline constexpr int rules_pattern_repeat = 256;       // {m,n}: it is written out
inline constexpr int rules_pattern_program = 4096;     // RE2's instructions: times name length = cost of one search
inline constexpr std::int64_t rules_pattern_memory = 256 * 1024;  // bytes that RE2 may use for one pattern
inline constexpr std::size_t rules_formula_max = 4096;            // bytes of one <operational_status>
inline constexpr std::size_t rules_formula_shown = 80;            // bytes of it in a message
inline constexpr std::size_t rules_formula_literals = 64;   // names and patterns in it: times processes = its cost
inline constexpr int rules_formula_depth = 32;              // nested parentheses and nots: parsing recurses
inline constexpr std::size_t rules_name_max = 1024;         // bytes of a name that a pattern is searched in
inline constexpr std::size_t rules_elements_max = 20'000;   // alias, model, application, program elements of all files
inline constexpr std::size_t rules_messages_max = 200;      // problems named in one answer
inline constexpr std::size_t rules_cache_entries = 50'000;  // remembered effective rules
inline constexpr std::size_t rules_operations_max = 1'000;  // requests open at a time; more are refused
inline constexpr int rules_model_levels = 3;                // program, model, model (contract RUL-L7)
inline constexpr int rules_node_load_max = 100;             // percent of declared load on one node (contract 4.1)
inline constexpr auto rules_order_margin = 10s;             // from order to first news, and beyond startsecs: 2 ticks
inline constexpr auto rules_conciliation_retry = 10s;       // before the same conflict is decided again
inline constexpr int rules_conciliation_attempts = 5;       // for one conflict in one epoch; then it is left, and said
inline constexpr auto rules_wait_exit_max = 1h;             // a wait_exit program in a start sequence, from its RUNNING
inline constexpr int rules_restart_attempts = 10;           // of an application that crashes; then it is left, and said
inline constexpr auto rules_restart_backoff = 1s;       // after the first repeated restart of an application; doubles
inline constexpr auto rules_restart_backoff_max = 60s;  // ... up to this
inline constexpr auto rules_restart_calm = 300s;        // without a restart for so long: counted anew

}  // namespace holdfast::limits

namespace holdfast::limits {  // api

inline constexpr std::size_t api_multicall_calls = 1000;  // calls in one system.multicall
inline constexpr int api_json_depth = 32;                 // nesting of a JSON body
inline constexpr std::size_t api_flashes = 100;           // messages kept for the page after a redirect
inline constexpr std::size_t api_filter_bytes = 256;      // the overview's filter
inline constexpr std::size_t api_page_rows = 200;         // rows of the big table on one page
inline constexpr std::size_t api_log_tail_bytes =
    16 * 1024;  // of a log that are read, unless another number is asked for
inline constexpr std::size_t api_log_tail_bytes_max = 64 * 1024;  // the largest such number
inline constexpr std::size_t api_stdin_bytes = 1024 * 1024;       // that wait for one program to read: the largest call
inline constexpr std::int64_t api_branding_icon_bytes = 1024 * 1024;
inline constexpr std::int64_t api_branding_style_bytes = 256 * 1024;  // of all files together: they stay in memory
inline constexpr std::size_t api_branding_waiting = 64;               // requests for a style that is being read

}  // namespace holdfast::limits

namespace holdfast::limits {  // cluster

inline constexpr std::size_t cluster_text_bytes = 4096;     // any text in a frame; longer ones are cut
inline constexpr std::size_t cluster_roster_max = 1024;     // entries of a liveness vector
inline constexpr std::size_t cluster_rows_max = 20'000;     // process rows of one node
inline constexpr std::size_t cluster_chunk_bytes = 60'000;  // facts in one snapshot chunk
inline constexpr std::size_t cluster_chunks_max = 2048;
inline constexpr std::size_t cluster_delta_ring = 1024;    // own deltas kept for who missed some
inline constexpr std::size_t cluster_delta_rows = 128;     // rows in one delta; more become several
inline constexpr std::size_t cluster_executed_max = 4096;  // operations remembered so that none runs twice
inline constexpr std::size_t cluster_pending_max = 8192;   // operations waiting for an answer
inline constexpr std::chrono::nanoseconds cluster_beat_period = 200ms;
inline constexpr std::chrono::nanoseconds cluster_watch_period = 50ms;   // of the detector while somebody is late
inline constexpr std::chrono::nanoseconds cluster_opinion_age_max = 2s;  // an opinion counts this long
inline constexpr std::chrono::nanoseconds cluster_stall_min = 250ms;     // a gap that makes a node doubt itself
inline constexpr std::chrono::nanoseconds cluster_hello_period = 500ms;  // between attempts, doubled up to the next
inline constexpr std::chrono::nanoseconds cluster_hello_period_max = 2s;
inline constexpr std::chrono::nanoseconds cluster_hello_answer_max = 3s;  // an attempt without any answer
inline constexpr std::chrono::nanoseconds cluster_probe_period = 300ms;
inline constexpr std::chrono::nanoseconds cluster_probe_age_max = 1s;     // an older answer says nothing
inline constexpr std::chrono::nanoseconds cluster_repair_period = 400ms;  // between two requests for missing changes
inline constexpr std::chrono::nanoseconds cluster_handshake = 20ms;       // what one more of them may take
inline constexpr std::chrono::nanoseconds cluster_reconnect_period = 1s;  // of a silent peer, doubled up to the next
inline constexpr std::chrono::nanoseconds cluster_reconnect_period_max = 4s;
inline constexpr std::chrono::nanoseconds cluster_resend_period = 300ms;  // of an order without an answer
inline constexpr std::chrono::nanoseconds cluster_order_deadline = 10s;   // to be accepted by its target
inline constexpr std::chrono::nanoseconds cluster_command_age_max = 3s;   // by the clock of who executes it
inline constexpr std::chrono::nanoseconds cluster_election_calm = 400ms;  // no change of who is in sight
inline constexpr std::chrono::nanoseconds cluster_claim_period = 1s;      // between two terms begun by one node
inline constexpr std::chrono::nanoseconds cluster_bind_wait_max = 2s;     // for everybody to follow a new Master
inline constexpr std::chrono::nanoseconds cluster_follow_wait_max = 10s;  // the same, before conciliation and repair
inline constexpr std::chrono::nanoseconds cluster_conciliate_period = 500ms;
inline constexpr std::size_t cluster_name_bytes = 256;  // of an identifier, a nick or an address that another node says
inline constexpr std::size_t cluster_seeds_met_max = 64;  // addresses from announcements that are tried at a time
inline constexpr std::size_t cluster_refusals_said =
    64;  // different nodes that are refused aloud; the others are counted
inline constexpr std::chrono::nanoseconds cluster_roster_period =
    500ms;  // of a list that a peer lacks, doubled up to the next
inline constexpr std::chrono::nanoseconds cluster_roster_period_max = 30s;
inline constexpr std::chrono::nanoseconds cluster_seed_period = 500ms;     // of a greeting, doubled up to ...
inline constexpr std::chrono::nanoseconds cluster_seed_period_alone = 2s;  // ... this while no other node is in sight
inline constexpr std::chrono::nanoseconds cluster_seed_period_max = 30s;   // ... this when one is
inline constexpr std::chrono::nanoseconds cluster_seed_answer_max =
    6s;  // a greeting without any answer: a name may have to be resolved
inline constexpr std::chrono::nanoseconds cluster_seed_met_age_max =
    30s;  // an announced address that is announced no more
inline constexpr std::chrono::nanoseconds cluster_settle_wait =
    2s;  // without anybody new: who is known is who there is
inline constexpr std::chrono::nanoseconds cluster_loss_age_max = 30s;  // an older loss is nobody's business
inline constexpr std::size_t cluster_losses_max = 1024;  // ended incarnations remembered, and told in one report
inline constexpr std::size_t cluster_ahead_rows =
    2048;  // in changes that wait for an earlier one; the rest is asked for
inline constexpr std::chrono::nanoseconds statistics_lease =
    20s;  // so long after it was asked, a node sends its points
inline constexpr std::chrono::nanoseconds statistics_renewal =
    5s;                                                      // of the asking; a request that is lost costs as much
inline constexpr std::size_t statistics_items_max = 4096;    // cores, interfaces, devices or mounts of one point
inline constexpr std::size_t statistics_frame_points = 128;  // of programs; more are several frames
inline constexpr std::size_t fence_text_bytes = 256;         // of a reason or a nick in a fence; longer ones are cut
inline constexpr std::chrono::nanoseconds cluster_beat_at_once_min =
    20ms;  // between two heartbeats that do not wait for their turn
inline constexpr std::chrono::nanoseconds cluster_loss_counts = 5s;  // for USER: the next Master may come so much later

}  // namespace holdfast::limits

namespace holdfast::limits {  // supervision

inline constexpr std::size_t process_blob_bytes = 4096;     // what the keeper holds for one child
inline constexpr std::size_t extra_args_bytes = 2048;       // of a start, beside its command; the blob holds them
inline constexpr std::size_t agent_blob_bytes = 64 * 1024;  // what the keeper holds for the agent
inline constexpr std::size_t agent_blob_eager = 32;         // processes in it up to which it is written at once
inline constexpr auto agent_blob_interval = 100ms;          // between two writes of it, but when the daemon stops
inline constexpr std::size_t last_words_window = 1024;  // of a program's stderr, in which its last line is looked for
inline constexpr std::size_t last_words_bytes = 240;    // of that line: it is shown in one
inline constexpr std::size_t spawnerr_bytes = 4096;     // of an error text: it holds the command at worst
inline constexpr std::size_t waiting_requests = 4096;   // requests that wait for processes; more are refused
inline constexpr auto stop_report_interval = 2s;        // "waiting for x to stop" (contract 2.5)
inline constexpr auto shutdown_report_interval = 3s;    // "waiting for a, b to die" (contract 2.6)
inline constexpr std::chrono::nanoseconds restart_interval = 1s;  // between two restarts of one program, by default
inline constexpr std::chrono::nanoseconds restart_interval_min = 100ms;  // of a program that fails at once: 10 a second
inline constexpr std::chrono::nanoseconds restart_interval_max = 3600s;
// A rejected event is sent again at once; when it comes back once more, after this, doubled each time up to the next.
inline constexpr std::chrono::nanoseconds event_return_wait = 100ms;
inline constexpr std::chrono::nanoseconds event_return_wait_max = 10s;
inline constexpr auto kill_repeat_min = 1s;  // between two SIGKILLs when stopwaitsecs is 0

}  // namespace holdfast::limits

namespace holdfast::limits {  // config

inline constexpr std::size_t config_file_bytes = 16 * 1024 * 1024;  // one configuration file
inline constexpr std::size_t config_files = 10'000;                 // main file and all that it includes
inline constexpr std::size_t config_value_bytes = 1024 * 1024;      // one value after expansion: a program's whole argv
inline constexpr std::size_t config_format_width = 4096;            // width or precision of a %-conversion
inline constexpr int config_numprocs = 20'000;                      // processes of one section
inline constexpr std::size_t config_processes = 100'000;            // processes of one configuration
inline constexpr std::size_t config_nodes = 1024;                   // items of the node list, as cluster_roster_max
inline constexpr std::size_t config_seeds = 64;                     // addresses of nodes to greet
inline constexpr int config_wait_max_s = 1200;                      // for other nodes at a start
inline constexpr int config_synchro_timeout_min_s = 15;             // of Supvisors' synchro_timeout
inline constexpr int config_away_grace_max_ms = 600'000;
inline constexpr int config_core_hold_max_ms = 1'200'000;  // as synchro_timeout
inline constexpr std::size_t config_cluster_name_bytes = 64;
inline constexpr int config_history_days_max = 36'500;
inline constexpr std::int64_t config_history_size_min = 1024 * 1024;  // tables, indexes and a day of a quiet node
inline constexpr std::size_t config_account_bytes = 1024 * 1024;      // one entry of passwd or group
inline constexpr int config_groups_max = 65536;                       // of one user: NGROUPS_MAX of Linux
inline constexpr std::size_t config_statistics_periods = 3;           // of integration
inline constexpr std::int64_t config_histo_min = 10;                  // points of a series
inline constexpr std::int64_t config_histo_max = 1500;
inline constexpr std::size_t config_stereotypes = 16;           // tags of one node
inline constexpr std::size_t config_stereotype_bytes = 64;      // of one of them
inline constexpr std::int64_t config_page_bytes = 1024 * 1024;  // of a log on its page: what a browser still shows

}  // namespace holdfast::limits

namespace holdfast::limits {  // composition root

inline constexpr int child_log_chunks_per_turn = 4;  // of one pipe before the others have their turn
// A log whose reader takes nothing for so long is said, and the end of a program waits no longer for it: less than
// stopwaitsecs usually is.
inline constexpr std::chrono::nanoseconds log_reader_patience = 8s;
inline constexpr std::chrono::nanoseconds log_full_retry = 20ms;  // where readiness does not say when it fits; doubled
inline constexpr std::chrono::nanoseconds log_full_retry_max = 1s;  // up to this each time that was in vain
inline constexpr int log_full_wakes = 8;                            // in vain; then as above
// Answers of the disk thread per turn of the loop. One of them can be the end of a program that is started again.
inline constexpr std::size_t loop_disk_results = 8;
inline constexpr std::size_t loop_gossip_frames = 256;              // frames per turn of the loop
inline constexpr std::chrono::nanoseconds loop_stall_told = 250ms;  // a later deadline is said to the cluster node
inline constexpr std::size_t log_follow_chunk_bytes = 32 * 1024;    // read ahead for one follower of a log
// Descriptors (descriptor_shares.hpp). The agent's own: some 30 that are always open, the rest for a moment
// each: a file of the configuration, a log that is read or rotated, a request to the keeper, sqlite's, a look
// into /proc.
inline constexpr std::size_t descriptors_own = 44;
inline constexpr std::size_t descriptors_of_cluster = 40;  // gossip's own sockets and those of its events
inline constexpr std::size_t descriptors_of_peer = 12;     // three streams, both ways, and HELLO
inline constexpr std::size_t descriptors_per_client = 16;  // of so many one is an HTTP client's
inline constexpr std::size_t descriptors_min = 72;         // of the agent: with less it does not start
// Free ones that a program's start, an event client and a log's follower must leave, whatever the shares say.
inline constexpr std::size_t descriptors_kept_free = 12;
inline constexpr auto unread_look_period = 1s;  // at children that wait for descriptors
inline constexpr auto unread_end_wait = 5s;     // then the end of such a child is told without its last output

}  // namespace holdfast::limits

namespace holdfast::limits {  // system

inline constexpr std::size_t keeper_queue_records =
    65536;  // unsent requests: a start and its blobs for 16,384 programs
inline constexpr std::chrono::milliseconds keeper_send_again =
    1ms;  // when its socket took no descriptor: never at once
inline constexpr std::chrono::milliseconds keeper_ask_again = 100ms;  // for what came without its descriptors
inline constexpr int keeper_packets_per_turn = 8;           // then the loop's other work has its turn: a client's call
inline constexpr std::size_t log_chunk_bytes = 256 * 1024;  // one peek of a log pipe: fits the second-level cache
inline constexpr std::size_t log_full_chunk_bytes = 16 * 1024;      // of a program whose log (a pipe) was full
inline constexpr std::size_t log_scratch_pipe_bytes = 1024 * 1024;  // 256 pages: a chunk of half-filled ones fits
inline constexpr std::chrono::nanoseconds log_rest_min = 50us;      // of the reader, while small pieces come fast
inline constexpr std::chrono::nanoseconds log_rest_max = 8ms;       // so late is a line of such a program at most
inline constexpr std::chrono::nanoseconds log_quick_within = 1ms;   // of each other, pieces come fast
inline constexpr std::size_t log_fast_pipe_bytes = 256 * 1024;      // of a program that writes small pieces fast
inline constexpr std::size_t log_pump_slots = 8;                    // threads that move output at the same time
inline constexpr std::size_t log_path_bytes = 4096;                 // PATH_MAX, with its end
inline constexpr std::chrono::nanoseconds program_trial_time =
    10s;                                                        // for an installed program to say that it would run
inline constexpr std::size_t program_trial_words_bytes = 4096;  // kept of what it says
inline constexpr std::size_t command_words = 65536;             // of one command line
inline constexpr std::size_t usage_cores = 4096;                // of one machine
inline constexpr std::size_t usage_networks = 128;              // interfaces; those of containers come and go
inline constexpr std::size_t usage_disks = 256;                 // devices with their partitions
inline constexpr std::size_t usage_mounts = 128;                // file systems
inline constexpr std::size_t usage_family = 20'000;             // processes that belong to one program
inline constexpr std::size_t usage_text_bytes = 1024 * 1024;    // of one file of /proc

}  // namespace holdfast::limits

namespace holdfast::limits {  // ctl

inline constexpr std::chrono::nanoseconds ctl_question_timeout =
    60s;                                                            // a method that only reads; actions take their time
inline constexpr std::chrono::nanoseconds ctl_glance_timeout = 2s;  // for help and completion
inline constexpr std::int64_t ctl_history_rows = 50;                // shown when nobody says how many
inline constexpr std::int64_t ctl_history_rows_max = 1000;          // what the agent gives at a time
// A longer line is taken for the end of the input.
inline constexpr std::size_t ctl_input_line_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t ctl_kept_lines_max = 1000;               // of the shell's history; older ones are dropped
inline constexpr std::size_t ctl_kept_line_bytes_max = 4096;          // a longer one is not kept
inline constexpr std::chrono::nanoseconds ctl_new_agent_poll = 20ms;  // after a restart that was asked for
// Above the 30 s that the keeper gives a new program.
inline constexpr std::chrono::nanoseconds ctl_new_agent_timeout = 45s;

}  // namespace holdfast::limits

namespace holdfast::limits {  // the agent's start

inline constexpr std::chrono::nanoseconds start_quiet =
    1s;  // without a change of state: the start is over, its pages can go
inline constexpr std::chrono::nanoseconds start_quiet_latest = 30s;  // also while programs crash in a loop

}  // namespace holdfast::limits

namespace holdfast::limits {  // statistics and external events

inline constexpr std::size_t statistics_piece_texts = 64;  // of /proc, in one job of the disk thread: a millisecond
inline constexpr std::size_t statistics_unwatched_texts = 100;   // of programs, each period, while nobody looks
inline constexpr std::chrono::seconds statistics_looked_at{60};  // so long after a call, somebody looks
inline constexpr std::size_t event_snapshot_piece = 200;         // messages of a snapshot before others have a turn ...
inline constexpr std::chrono::milliseconds event_snapshot_pause{20};  // ... and until the next
inline constexpr std::size_t event_snapshot_queued = 400;  // while as many wait for one client, it gets no more of it
inline constexpr std::chrono::seconds event_tick{5};       // Supvisors' TICK

}  // namespace holdfast::limits

namespace holdfast::limits {  // files of the drivers

inline constexpr std::size_t disabilities_bytes_max = 4 * 1024 * 1024;  // of disabilities_file

}  // namespace holdfast::limits
