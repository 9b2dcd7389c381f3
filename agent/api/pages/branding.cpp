#include "api/pages/branding.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::api {
namespace {

WebResponse file_response(std::string content_type, std::string bytes) {
  WebResponse response;
  response.page = true;
  response.content_type = std::move(content_type);
  response.body = std::move(bytes);
  return response;
}

}  // namespace

std::string picture_type_of(const std::string& path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{{
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".svg", "image/svg+xml"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
  }};
  const std::string lower = text::lower(path);
  const auto* const found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& type) { return lower.ends_with(type.first); });
  return found == kTypes.end() ? std::string() : std::string(found->second);
}

void Branding::handle(const WebRequest& request, const WebReplyPtr& reply) {
  const auto& cluster = ports_.agent.settings().cluster;
  if (cluster && request.path == "/branding/icon" && !cluster->branding.icon.empty()) {
    return icon(reply);
  }
  if (cluster && request.path == "/branding/style.css" && !cluster->branding.css_files.empty()) {
    return style(reply);
  }
  reply->error(404);
}

void Branding::icon(const WebReplyPtr& reply) {
  const std::string& path = ports_.agent.settings().cluster->branding.icon;
  const std::string type = picture_type_of(path);
  if (type.empty()) {
    log_once("software_icon " + path + " is no png, jpeg, gif, svg, webp or ico; it is not shown");
    return reply->error(404);
  }
  ports_.logs.read(
      path, 0, limits::api_branding_icon_bytes + 1, [this, reply, path, type](const Result<std::string>& bytes) {
        if (bytes && static_cast<std::int64_t>(bytes.value().size()) <= limits::api_branding_icon_bytes) {
          return reply->respond(file_response(type, bytes.value()));
        }
        log_once("software_icon " + path + (bytes ? " is larger than 1 MB" : " cannot be read") + "; it is not shown");
        reply->error(404);
      });
}

void Branding::style(const WebReplyPtr& reply) {
  if (style_) {
    return reply->respond(file_response("text/css; charset=utf-8", *style_));
  }
  if (waiting_.size() >= limits::api_branding_waiting) {
    return reply->error(503);
  }
  waiting_.push_back(reply);
  if (waiting_.size() == 1) {
    read_style(0, "");
  }
}

void Branding::read_style(std::size_t index, std::string so_far) {
  const auto& files = ports_.agent.settings().cluster->branding.css_files;
  if (index == files.size()) {
    style_ = std::move(so_far);
    for (const WebReplyPtr& reply : std::exchange(waiting_, {})) {
      style(reply);
    }
    return;
  }
  const auto room = limits::api_branding_style_bytes - static_cast<std::int64_t>(so_far.size());
  ports_.logs.read(
      files[index], 0, room + 1,
      [this, index, room, path = files[index], so_far = std::move(so_far)](const Result<std::string>& bytes) mutable {
        if (!bytes || static_cast<std::int64_t>(bytes.value().size()) > room) {
          log_once("css_files: " + path + (bytes ? " is too large (256 KB for all)" : " cannot be read") +
                   "; it is left out");
        } else {
          so_far += bytes.value() + "\n";
        }
        read_style(index + 1, std::move(so_far));
      });
}

void Branding::log_once(const std::string& trouble) {
  if (std::ranges::find(logged_, trouble) == logged_.end() && logged_.size() < limits::api_branding_waiting) {
    logged_.push_back(trouble);
    ports_.logs.critical(trouble);
  }
}

}  // namespace holdfast::api
