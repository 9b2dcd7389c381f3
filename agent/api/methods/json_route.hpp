// json_route.hpp: the JSON twin of the method table (DESIGN section 9): POST /api/v1/<namespace>.<method> with an array
// or object of arguments, GET for methods that only read; answers {"result": …}, or {"fault": {"code", "text"}} with
// the HTTP status of http_status_of; the OpenAPI document at /api/v1/openapi.json; server-sent events at
// /api/v1/events. It calls no method by another way than the table. Free functions; called by Api only.
#pragma once

#include "api/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// Answers any path below /api/.
void answer_json(const MethodTable& table, WebRequest request, const WebReplyPtr& reply);

}  // namespace holdfast::api
