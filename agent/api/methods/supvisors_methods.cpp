#include "api/methods/supvisors_methods.hpp"

#include "api/methods/inner_methods.hpp"
#include "api/methods/log_level_method.hpp"
#include "api/methods/statistics_methods.hpp"
#include "api/methods/supvisors_rows.hpp"

namespace holdfast::api {

void add_supvisors_methods(MethodTable& table, Ports& ports) {
  for (const auto& rows :
       {supvisors_cluster_rows(), supvisors_application_rows(), supvisors_process_rows(), supvisors_action_rows(),
        supvisors_start_rows(), supvisors_control_rows(), inner_rows(), log_level_rows()}) {
    add_rows(table, "supvisors", ports, rows);
  }
  if (ports.statistics != nullptr) {
    add_statistics_methods(table, ports);
  }
}

}  // namespace holdfast::api
