// section_readers.hpp: the readers of the single sections, in the order settings_reader calls them (the order
// of Supervisor, so that of several errors the same is told). Each fills its part of context.settings or
// returns the error with its place. Inside config only.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/read_context.hpp"

namespace holdfast::config {

/// One file's text into context.document; Python's text files are UTF-8 to the last byte, and so are these
/// (contract 1.1).
Status merge_text(ReadContext& context, const std::string& text, const std::string& file);

/// The main file and what its [include] names (contract 1.6) into context.document.
Status load_document(ReadContext& context);

/// [supervisord] (1.9); its `environment` becomes ENV_ names for all that follows.
Status read_daemon(ReadContext& context);

/// The keys of our own in [holdfast].
Status read_holdfast(ReadContext& context);

/// The [rpcinterface:x] sections by their factory (1.15, DESIGN section 5): which API there is, and the name
/// of the section that says it is Supvisors', into context.supvisors_section.
Status read_interfaces(ReadContext& context);

/// [group:x], [program:x], [eventlistener:x], [fcgi-program:x] (1.11 to 1.14, 1.16).
Status read_groups(ReadContext& context);

/// The processes of one program-like section as members of `group` (1.11).
Result<std::vector<ProcessSettings>> read_processes(ReadContext& context, const std::string& section,
                                                    const std::string& group);

/// The socket of an [fcgi-program:x] (1.12).
Result<FcgiSocketSettings> read_fcgi_socket(ReadContext& context, const std::string& section);

/// [inet_http_server] and [unix_http_server] (1.7, 1.8).
Status read_servers(ReadContext& context);

/// [cluster] and Supvisors' section (supvisors.md 1.2, 1.3), if there is either; after the servers.
Status read_cluster(ReadContext& context);
/// Its part for Supvisors' section, which is called `section`: an invalid value is an ERROR message and the default
/// stays; only an empty set of conditions is fatal (CFG-X3).
Status read_supvisors(ReadContext& context, const std::string& section, const Expansions& names);

/// How long other nodes are waited for at a start when nobody says how long.
inline constexpr int kSynchronisationTimeoutS = 15;

/// After all others: what stands in the file and has no effect, such as a misspelt key, with the name that
/// was probably meant. Of Supervisor's sections it goes into settings.unused: Supervisor says nothing of it
/// (contract 1.1), so only a test of the configuration shows it. Of [holdfast], [cluster] and Supvisors'
/// section it is a warning at the start too.
void find_unused(ReadContext& context);

}  // namespace holdfast::config
