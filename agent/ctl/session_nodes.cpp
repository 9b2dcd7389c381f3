// Names of other nodes of the cluster, NODE/name, and how a session reaches those nodes.
#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"
#include "ctl/session.hpp"

namespace holdfast::ctl {
namespace {

/// `host` is taken from the node's identifier: an IPv6 address stands there with or without its brackets.
std::string url_text(const std::string& host, std::int64_t port) {
  const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return "http://" + (bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace

std::optional<Target> Session::target_of(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
    return Target{"", name};
  }
  const std::string node = name.substr(0, slash);
  const auto failure = find_node(node);
  if (!failure) {
    return Target{node, name.substr(slash + 1)};
  }
  if (is_fault(*failure, Fault::unknown_method)) {
    return Target{"", name};  // in no cluster: an ordinary wrong name
  }
  if (failure->kind != Failure::Kind::fault && !nodes_.contains(node)) {
    show_unexpected(*failure);  // of the session's own server
    return std::nullopt;
  }
  const auto known = nodes_.find(node);
  const std::string why = is_fault(*failure, Fault::bad_name) ? "no such node"
                          : known == nodes_.end()             ? one_line(failure->text)
                                                              : plain_text(*failure, known->second.access.url);
  console_.print_message(name + ": ERROR (" + why + ")");
  set_status(exit_status::generic);
  return std::nullopt;
}

std::optional<Failure> Session::find_node(const std::string& name) {
  auto known = nodes_.find(name);
  if (known == nodes_.end()) {
    const Reply reply = call("supvisors.get_instance_info", {name});
    if (!reply) {
      return reply.failure();
    }
    const wire::Array& infos = items_of(reply.value());
    if (infos.empty()) {
      return Failure{Failure::Kind::fault, code_of(Fault::bad_name), name};
    }
    Node node{access_, nullptr};
    node.access.url = url_text(text_member(infos.front(), "node_name"), int_member(infos.front(), "port"));
    node.server = make_server_(node.access);
    known = nodes_.emplace(name, std::move(node)).first;
  }
  const Reply answer = known->second.server->call("supervisor.getState", {}, Patience::question);
  return answer ? std::nullopt : std::optional(answer.failure());
}

Reply Session::call_at(const Target& target, const std::string& method, const Server::Params& params,
                       Patience patience) {
  return target.node.empty() ? call(method, params, patience)
                             : nodes_.at(target.node).server->call(method, params, patience);
}

std::unique_ptr<Server> Session::connect(const Target& target) const {
  return make_server_(target.node.empty() ? access_ : nodes_.at(target.node).access);
}

const std::string& Session::url_of(const Target& target) const {
  return target.node.empty() ? access_.url : nodes_.at(target.node).access.url;
}

}  // namespace holdfast::ctl
