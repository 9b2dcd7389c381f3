// [inet_http_server], [unix_http_server] and the [rpcinterface:x] sections.
#include <limits>

#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr std::string_view kFactoryKey = "supervisor.rpcinterface_factory";
constexpr std::string_view kSupervisorFactory = "supervisor.rpcinterface:make_main_rpcinterface";
constexpr std::string_view kSupvisorsFactory = "supvisors.plugin:make_supvisors_rpcinterface";

void read_authentication(SectionReader& section, HttpServerSettings& server) {
  const auto username = section.text("username");
  const auto password = section.text("password");
  if (section.status().ok() && username.has_value() != password.has_value()) {
    section.fail(username ? "username" : "password",
                 Error{"Section [" + section.section() +
                       "] contains incomplete authentication: If a username or a password is specified, both the "
                       "username and password must be specified"});
  }
  server.username = username.value_or("");
  server.password = password.value_or("");
}

Status read_inet(ReadContext& context, const std::string& name) {
  SectionReader section(context, name, context.environment);
  HttpServerSettings server;
  server.kind = HttpServerSettings::Kind::inet;
  server.section = name;
  read_authentication(section, server);
  InetAddress address;
  section.read("port", address, parse_inet_address);
  if (section.status().ok() && !section.has("port")) {
    section.fail("", Error{"section [" + name + "] has no port value"});
  }
  server.place = section.full_place("port");
  server.host = address.host;
  server.port = address.port;
  context.settings.servers.push_back(std::move(server));
  return section.status();
}

Status read_unix(ReadContext& context, const std::string& name) {
  Expansions names(&context.environment);
  names.set("here", context.here);
  SectionReader file_section(context, name, names);
  const auto file = file_section.text("file");
  if (!file_section.status()) {
    return file_section.status();
  }
  if (!file) {
    return file_section.error("", "section [" + name + "] has no file value");
  }
  SectionReader section(context, name, context.environment);  // %(here)s is for `file` only (contract 1.4)
  HttpServerSettings server;
  server.kind = HttpServerSettings::Kind::unix_socket;
  server.section = name;
  server.path = normal_path(strip(*file), context.host);
  read_authentication(section, server);
  section.read("chown", server.owner, [&](const std::string& text) {
    auto owner = parse_user_group(text, context.host);
    return owner ? owner : Error{"Invalid sockchown value " + text};
  });
  section.read("chmod", server.mode, [](const std::string& text) {
    auto mode = parse_octal(text);
    return mode ? mode : Error{"Invalid chmod value " + text};
  });
  context.settings.servers.push_back(std::move(server));
  return section.status();
}

std::vector<std::string> sections_with(const IniDocument& document, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [name, section] : document.sections()) {
    if (name.starts_with(prefix)) {
      names.push_back(name);
    }
  }
  return names;
}

/// Supervisor hands them to the factory of its own interface, which looks at none.
void note_arguments(ReadContext& context, const std::string& name) {
  for (const auto& [key, value] : *context.document.find_section(name)) {
    if (key != kFactoryKey) {
      context.settings.unused.push_back(place_of(value) + ": [" + name + "] " + key +
                                        " has no effect: this interface takes no arguments");
    }
  }
}

}  // namespace

Status read_servers(ReadContext& context) {
  for (const std::string& name : sections_with(context.document, "inet_http_server")) {
    if (Status status = read_inet(context, name); !status) {
      return status;
    }
  }
  for (const std::string& name : sections_with(context.document, "unix_http_server")) {
    if (Status status = read_unix(context, name); !status) {
      return status;
    }
  }
  return {};
}

Status read_interfaces(ReadContext& context) {
  std::string& supvisors = context.supvisors_section;
  for (const std::string& name : sections_with(context.document, "rpcinterface:")) {
    SectionReader section(context, name, context.environment);
    const auto factory = section.text(kFactoryKey);
    if (!section.status()) {
      return section.status();
    }
    if (!factory) {
      return section.error("", "section [" + name + "] does not specify a " + std::string(kFactoryKey));
    }
    if (*factory == kSupervisorFactory) {
      for (const std::string& key : context.document.keys(name)) {
        (void)section.text(key);  // arguments without effect, but they must expand (contract 1.15)
      }
      if (!section.status()) {
        return section.status();
      }
      note_arguments(context, name);
      context.settings.supervisor_interface = true;
    } else if (*factory == kSupvisorsFactory && supvisors.empty()) {
      supvisors = name;
    } else {
      context.say(LogLevel::warn, "[" + name + "] names the factory " + *factory +
                                      (*factory == kSupvisorsFactory ? ", which [" + supvisors + "] has named before"
                                                                     : ", which is not known here") +
                                      "; the section is ignored");
    }
  }
  return {};
}

}  // namespace holdfast::config
