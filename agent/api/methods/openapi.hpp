// openapi.hpp: the method table as an OpenAPI 3 document, served at /api/v1/openapi.json: every method with its
// parameters in order, its result, whether it also answers GET, and the HTTP statuses of its faults. The page
// docs/api.rst is made from the same document (docs/make_api.py). Pure; used by json_route.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/method_table.hpp"

namespace holdfast::api {

/// Where the methods are: "/api/v1/".
inline constexpr std::string_view kJsonPrefix = "/api/v1/";

/// `version`: of this agent.
nlohmann::ordered_json openapi_of(const MethodTable& table, std::string_view version);

}  // namespace holdfast::api
