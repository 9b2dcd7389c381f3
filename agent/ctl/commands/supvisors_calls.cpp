#include "ctl/commands/supvisors_calls.hpp"

#include "base/text.hpp"

namespace holdfast::ctl {

void show_supvisors_failure(Session& session, const std::string& subject, const Failure& failure) {
  if (failure.kind != Failure::Kind::fault) {
    return session.show_unexpected(failure);
  }
  const bool missing = is_fault(failure, Fault::unknown_method);
  session.console().print_message((subject.empty() ? "" : subject + ": ") + "ERROR (" + failure.text +
                                  (missing ? ": " + session.url() + " does not have this command's method)" : ")"));
  session.set_status(missing ? exit_status::unimplemented : exit_status::generic);
}

std::optional<wire::Value> ask_supvisors(Session& session, const std::string& method) {
  const Reply reply = session.call("supvisors." + method);
  if (!reply) {
    show_supvisors_failure(session, "", reply.failure());
    return std::nullopt;
  }
  return reply.value();
}

std::optional<wire::Array> ask_supvisors_for_each(Session& session, const std::vector<std::string>& names,
                                                  const std::string& method) {
  wire::Array values;
  for (const std::string& name : names) {
    const Reply reply = session.call("supvisors." + method, {name});
    if (!reply && reply.failure().kind != Failure::Kind::fault) {
      session.show_unexpected(reply.failure());
      return std::nullopt;
    }
    if (!reply) {
      show_supvisors_failure(session, name, reply.failure());
    } else if (const wire::Array* several = reply.value().as_array()) {
      values.insert(values.end(), several->begin(), several->end());
    } else {
      values.push_back(reply.value());
    }
  }
  return values;
}

std::optional<wire::Value> act_and_print(Session& session, const std::string& method, const Server::Params& params,
                                         const std::string& subject, const std::string& done) {
  const Reply reply = session.call("supvisors." + method, params, Patience::action);
  if (!reply) {
    show_supvisors_failure(session, subject, reply.failure());
    return std::nullopt;
  }
  session.console().print(done + ": " + python_str(reply.value()));
  return reply.value();
}

void act_once(Session& session, const std::string& method, const Server::Params& params, const std::string& subject,
              const std::string& done) {
  if (const auto value = act_and_print(session, method, params, subject, done)) {
    session.console().print_document(*value);
  }
}

void act_for_each(Session& session, const std::string& method, Server::Params params,
                  const std::vector<std::string>& names, const std::string& done) {
  wire::Array results;
  params.emplace_back();
  for (const std::string& name : names) {
    params.back() = name;
    if (const auto value = act_and_print(session, method, params, name, name + " " + done)) {
      results.push_back(wire::Struct{{"name", name}, {"result", *value}});
    }
  }
  session.console().print_document(results);
}

std::string joined_words(const Arguments& arguments, std::size_t first) {
  const auto begin = arguments.words.begin() + static_cast<std::ptrdiff_t>(first);
  return text::join(std::vector<std::string>(begin, arguments.words.end()), " ");
}

void print_supvisors_table(Session& session, std::vector<SupvisorsColumn> columns,
                           const std::vector<std::vector<std::string>>& rows, const wire::Array& values) {
  for (const std::string& line : supvisors_table_lines(std::move(columns), rows)) {
    session.console().print(line);
  }
  session.console().print_document(values);
}

}  // namespace holdfast::ctl
